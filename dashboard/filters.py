"""What a reader may choose. Each choice is in the URL, so that a link restores the view."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Literal

import streamlit as st

from dashboard import texts
from dashboard.texts import words

DAYS = {"28d": 27, "90d": 89}
MONTHS = {"12m": 12, "24m": 24}
QUERY: Literal["query-params"] = "query-params"


def choice(
    label: str,
    options: Sequence[str],
    key: str,
    default: str | None = None,
    say: Callable[[str], str] = words,
) -> str:
    """One of the options, in the sidebar; an unknown one in the URL is ignored.

    The URL has the option as it is called in the marts, and the reader sees it as `say` says it.
    """
    with st.sidebar:
        index = options.index(default) if default in options else 0
        chosen = st.selectbox(label, options, index=index, format_func=say, key=key, bind=QUERY)
    return str(chosen if chosen in options else options[index])


def grain(options: Sequence[str], default: str = "month") -> str:
    return choice(texts.GRAIN, options, "grain", default, lambda one: texts.GRAINS[one])


def segment(options: Sequence[str], default: str | None = None) -> str:
    return choice(texts.BY, [name for name in options if name != "all"], "by", default)


def search(placeholder: str) -> str:
    """What a reader looks for; an empty text for everything."""
    with st.sidebar:
        given = st.text_input(texts.SEARCH, placeholder=placeholder, key="search", bind=QUERY)
    return given or ""


def period(as_of: date, default: str = "12m") -> tuple[date, date | None]:
    """The first and last date to show; no last date when open periods are shown."""
    chosen = choice(texts.PERIOD, list(texts.PERIODS), "period", default, texts.PERIODS.__getitem__)
    with st.sidebar:
        if chosen == "own":
            given = st.date_input(
                texts.OWN_PERIOD, (_months_before(as_of, 3), as_of), key="dates", bind=QUERY
            )
            dates = given if isinstance(given, tuple) else (given,)
            if len(dates) == 2:
                return dates[0], dates[1]
            return dates[0] if dates and dates[0] else as_of, as_of
        has_open = st.toggle(texts.OPEN, True, key="open", help=texts.OPEN_HELP, bind=QUERY)
    until = None if has_open else as_of
    if chosen in DAYS:
        return as_of - timedelta(days=DAYS[chosen]), until
    if chosen in MONTHS:
        return _months_before(as_of, MONTHS[chosen]), until
    return date.min, until


def _months_before(day: date, months: int) -> date:
    """The first of the month, so many months before the next one."""
    count = day.year * 12 + day.month - months
    return date(count // 12, count % 12 + 1, 1)
