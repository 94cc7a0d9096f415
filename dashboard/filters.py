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
    """One of the options, in the sidebar; what the URL says wrongly is ignored.

    The URL has the option as the marts call it, and the reader sees it as `say` says it. Streamlit
    would put what the reader sees into the URL. A choice is kept for pages that have it too.
    """
    first = default if default is not None and default in options else options[0]
    found = st.query_params.get(key), st.session_state.get(_kept(key))
    st.session_state[key] = next((value for value in found if value in options), first)
    _say_in_url(key, first)
    with st.sidebar:
        return st.selectbox(
            label, options, format_func=say, key=key, on_change=_keep, args=(key, first)
        )


def _keep(key: str, first: str) -> None:
    st.session_state[_kept(key)] = st.session_state[key]
    _say_in_url(key, first)


def _say_in_url(key: str, first: str) -> None:
    chosen = st.session_state[key]
    if chosen != first:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]


def _kept(key: str) -> str:
    return f"kept_{key}"


def grain(options: Sequence[str], default: str = "month") -> str:
    return choice(texts.GRAIN, options, "grain", default, lambda one: texts.GRAINS[one])


def segment(options: Sequence[str], default: str | None = None) -> str:
    """The name of a segment; the whole where there is none."""
    names = list(dict.fromkeys(name for name in options if name != "all"))
    return choice(texts.BY, names, "by", default) if names else "all"


def search(key: str, placeholder: str) -> str:
    """What a reader looks for; an empty text for everything."""
    with st.sidebar:
        given = st.text_input(texts.SEARCH, placeholder=placeholder, key=key, bind=QUERY)
    return given or ""


def period(as_of: date, default: str = "12m") -> tuple[date, date]:
    """The first and last date to show; the last one of all when open periods are shown."""
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
    until = date.max if has_open else as_of
    if chosen in DAYS:
        return as_of - timedelta(days=DAYS[chosen]), until
    if chosen in MONTHS:
        return _months_before(as_of, MONTHS[chosen]), until
    return date.min, until


def _months_before(day: date, months: int) -> date:
    """The first of the month, so many months before the next one."""
    count = day.year * 12 + day.month - months
    return date(count // 12, count % 12 + 1, 1)
