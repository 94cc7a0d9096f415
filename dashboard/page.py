"""What every page has: one state of the database, and the line that says which."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import formats, queries, texts
from productpulse import builds
from productpulse.errors import PulseError
from productpulse.reading import owner, reading

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

PROGRAM = "productpulse dashboard"
SECONDS = 20


@contextmanager
def page(title: str) -> Iterator[tuple["Cursor", date]]:
    """A page with its title: a cursor of the reporter whose queries all see one state, and the
    as-of date. What a user can mend is one line on the page.
    """
    st.title(title)
    try:
        with reading(SECONDS, PROGRAM, is_one_state=True) as cursor:
            as_of = queries.as_of(cursor)
            if as_of is None:
                st.info(texts.NO_DATA, icon=":material/inbox:")
                st.stop()
            st.markdown(standing(cursor, as_of))
            yield cursor, as_of
    except PulseError as error:
        st.error(str(error)[:1].upper() + str(error)[1:], icon=":material/error:")
        st.stop()


def standing(cursor: "Cursor", as_of: date) -> str:
    """Of when the numbers are, when they were built, and whether the build passed."""
    said = [texts.AS_OF.format(date=formats.day(as_of))]
    build = builds.last(owner())
    if build is None:
        loaded = queries.freshness(cursor)["last_loaded_at"].dropna()
        said.append(
            texts.NO_RECORD.format(moment=f"{max(loaded):%Y-%m-%d %H:%M}")
            if len(loaded)
            else texts.NO_RECORD_AT_ALL
        )
        return " · ".join(said)
    moment = build.ended_at or build.started_at
    said.append(texts.BUILT.format(moment=f"{moment:%Y-%m-%d %H:%M}"))
    badges = {"failed": texts.FAILED, "interrupted": texts.INTERRUPTED, "running": texts.RUNNING}
    said.append(badges.get(build.status, texts.PASSED))
    if build.stale_marts:
        said.append(texts.STALE.format(stale=build.stale_marts, marts=build.marts))
    if build.newer_loads > 0:
        said.append(texts.NEWER_LOADS)
    return " · ".join(said)
