"""Who may leave, and everything that is known about one account."""

from typing import TYPE_CHECKING, Any

import streamlit as st
from dashboard import cards, filters, formats, queries, texts
from dashboard.page import page

if TYPE_CHECKING:
    import pandas as pd

ACCOUNT = "account"


def parts(known: "pd.Series[Any]") -> None:
    """What is known about an account, in four columns."""
    for place, (title, names) in zip(
        st.columns(len(texts.CUSTOMER_PARTS)), texts.CUSTOMER_PARTS.items(), strict=True
    ):
        with place, st.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            for name in names:
                value = formats.plain(formats.cell(name, known[name]))
                st.markdown(texts.LABELLED.format(label=texts.words(name), value=value))


with page(texts.CUSTOMERS) as (cursor, as_of):
    search = filters.search("find_account", texts.SEARCH_CUSTOMERS)
    queue = queries.risk_queue(cursor, search)
    with st.container(border=True, key="card_queue"):
        cards.head(texts.QUEUE, queue, "queue", has_chart=False)
        if queue.empty:
            st.caption(texts.NO_ROWS)
        else:
            # Another list is another table, in which no row is chosen yet.
            name = f"queue_{search}"
            told = cards.table(
                queue, name, height=320, on_select="rerun", selection_mode="single-row"
            )
            if told.selection.rows:
                st.query_params[ACCOUNT] = str(queue["account_id"].iloc[told.selection.rows[0]])
            st.caption(texts.QUEUE_NOTE)

    account = st.query_params.get(ACCOUNT)
    if account is None:
        st.info(texts.NO_ACCOUNT, icon=":material/touch_app:")
        st.stop()
    found = queries.customer(cursor, account)
    if found.empty:
        st.warning(
            texts.UNKNOWN_ACCOUNT.format(account=formats.plain(account)),
            icon=":material/search_off:",
        )
        st.stop()
    known = found.iloc[0]
    st.subheader(formats.plain(str(known["name"] or known["account_id"])))
    st.caption(str(known["account_id"]))
    numbers = ["risk_band", "risk_score", "arr_amount", "arr_at_risk_amount", "top_driver"]
    for place, name in zip(st.columns([2, 2, 2, 2, 3]), numbers, strict=True):
        value = known[name]
        shown = texts.words(str(value)) if isinstance(value, str) else formats.cell(name, value)
        place.metric(texts.words(name), shown, border=True)
    cards.card(
        texts.TRACE, queries.risk_trace(cursor, account), None, "risk_trace", empty=texts.NO_TRACE
    )
    parts(known)
    left, right = st.columns(2)
    with left:
        moves = queries.movements(cursor, account)
        cards.card(
            texts.ACCOUNT_MOVEMENTS, moves, None, "account_movements", empty=texts.NO_MOVEMENTS
        )
    with right:
        leaks = queries.leakage(cursor, account)
        cards.card(texts.ACCOUNT_LEAKS, leaks, None, "account_leakage", empty=texts.NO_LEAKS)
