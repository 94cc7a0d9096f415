"""The company on one page: key numbers, trends, and what needs attention."""

from functools import partial

import streamlit as st
from dashboard import cards, charts, filters, formats, queries, texts
from dashboard.page import page

# Metric and grain of each card, in the order in which people ask.
CARDS = [
    ("dau", "day"),
    ("wau", "day"),
    ("mau", "day"),
    ("stickiness", "day"),
    ("user_retention_rate", "month"),
    ("user_churn_rate", "month"),
    ("nps", "quarter"),
    ("arr", "month"),
    ("nrr_12m", "month"),
    ("customers", "month"),
]
TRENDS = [
    (texts.TREND_USERS, "dau", "day", ",.0f"),
    (texts.TREND_ARR, "arr", "month", "~s"),
    (texts.TREND_RETENTION, "user_retention_rate", "month", ".0%"),
    (texts.TREND_NPS, "nps", "quarter", ".2f"),
]


def to_metric(told: str, icon: str, metric: str) -> None:
    """A line that leads to the page of a metric."""
    where = {"metric": metric}
    st.page_link("app_pages/metrics.py", label=told, icon=f":material/{icon}:", query_params=where)


with page(texts.OVERVIEW) as (cursor, as_of):
    since, until = filters.period(as_of)
    catalogue = queries.metrics(cursor)
    known = {row["metric_name"]: row for _, row in catalogue.iterrows()}
    of_cards = {
        (metric, grain): queries.series(cursor, metric, grain, since, until)
        for metric, grain in CARDS
        if metric in known
    }
    for begin in range(0, len(CARDS), 5):
        for place, (metric, grain) in zip(st.columns(5), CARDS[begin : begin + 5], strict=True):
            if (metric, grain) in of_cards:
                past = of_cards[metric, grain]
                over = past.loc[past["is_complete"].astype(bool), "value"].dropna().tolist()
                with place:
                    latest = queries.latest(cursor, metric, grain)
                    cards.metric(known[metric], grain, latest, over)

    st.subheader(texts.ATTENTION)
    with st.container(border=True):
        drifted = {name: each for name, each in known.items() if each["trust"] == "drifted"}
        if drifted:
            names = ", ".join(str(each["label"]) for each in drifted.values())
            to_metric(texts.DRIFTED.format(names=names), "sync_problem", next(iter(drifted)))
        else:
            to_metric(texts.NO_DRIFTED, "check", CARDS[0][0])
        at_risk = queries.latest(cursor, "arr_at_risk", "day")
        accounts = queries.latest(cursor, "accounts_at_risk", "day")
        if len(at_risk) and len(accounts):
            told = texts.AT_RISK.format(
                amount=formats.number(at_risk["value"].iloc[0], "currency"),
                accounts=formats.number(accounts["value"].iloc[0], "accounts"),
            )
            st.page_link("app_pages/customers.py", label=told, icon=":material/trending_down:")
        if len(leaks := queries.leakage(cursor)):
            first = leaks.iloc[0]
            told = texts.LEAKAGE.format(
                amount=formats.number(first["reporting_amount"], "currency"),
                account=formats.plain(str(first["account_id"])),
                rule=texts.words(str(first["rule_id"])).lower(),
            )
            st.page_link("app_pages/revenue.py", label=told, icon=":material/water_drop:")
        tables = queries.freshness(cursor)
        behind = [
            texts.DAYS_BEHIND.format(table=texts.words(str(name)).lower(), days=days)
            for name, days in zip(tables["table_name"], tables["behind_days"], strict=True)
            if days
        ]
        if behind:
            to_metric(texts.STALE_TABLES.format(names=", ".join(behind)), "schedule", "data_lag")
        else:
            to_metric(texts.NOT_STALE, "check", "data_lag")

    st.subheader(texts.TRENDS)
    for begin in range(0, len(TRENDS), 2):
        for place, (title, metric, grain, form) in zip(
            st.columns(2), TRENDS[begin : begin + 2], strict=True
        ):
            if (metric, grain) in of_cards:
                with place:
                    draw = partial(charts.lines, x="date", ys=["value"], form=form)
                    cards.card(title, of_cards[metric, grain], draw, f"trend_{metric}")
