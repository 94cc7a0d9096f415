"""Recurring revenue: the bridge, what moved, cohorts of accounts, and leakage."""

from functools import partial

import streamlit as st
from dashboard import cards, charts, filters, formats, queries, texts
from dashboard.page import page

GAINS = ["new_arr_amount", "reactivation_arr_amount", "expansion_arr_amount"]
LOSSES = ["contraction_arr_amount", "churn_arr_amount"]
COLOURS = {
    "new_arr_amount": "#2E78B7",
    "reactivation_arr_amount": "#56B4E9",
    "expansion_arr_amount": "#0A9A74",
    "contraction_arr_amount": "#F2C14E",
    "churn_arr_amount": "#E08E0B",
}
COHORT = ["nrr_rate", "grr_rate", "accounts", "mrr_amount"]


def bridge(rows: queries.Rows) -> charts.go.Figure:
    """The one row as a waterfall; losses are amounts that went, FX has its sign."""
    row = rows.iloc[0]
    steps = [(texts.words(name), row[name]) for name in GAINS]
    steps += [(texts.words(name), -row[name]) for name in LOSSES]
    steps += [(texts.words("fx_arr_amount"), row["fx_arr_amount"])]
    opening, closing = "opening_arr_amount", "closing_arr_amount"
    return charts.waterfall(
        (texts.words(opening), row[opening]), steps, (texts.words(closing), row[closing])
    )


with page(texts.REVENUE) as (cursor, as_of):
    since, until = filters.period(as_of)
    grain = filters.grain(["week", "month", "quarter", "fiscal_year"])
    has = queries.shapes(cursor, "arr")
    by = filters.segment(has["segment_name"].tolist(), "plan")
    st.caption(texts.AMOUNTS_IN.format(currency=queries.currency(cursor) or texts.ONE_CURRENCY))
    periods = queries.arr(cursor, grain, since, until)
    over = periods[periods["is_complete"].astype(bool)]
    starts = [f"{start:%Y-%m-%d}" for start in over["period_start"]][::-1]
    if starts:
        chosen = filters.choice(texts.BRIDGE_PERIOD, starts, "start", say=str)
        row = over[[f"{start:%Y-%m-%d}" == chosen for start in over["period_start"]]]
        title = texts.BRIDGE.format(period=formats.period(row["period_start"].iloc[0], grain))
        cards.card(title, row, bridge, "bridge", texts.BRIDGE_NOTE)
    else:
        cards.card(texts.BRIDGE_PERIOD, over, None, "bridge")

    left, right = st.columns(2)
    with left:
        draw = partial(
            charts.lines,
            x="period_start",
            ys=["gross_arr_amount", "cancelled_arr_amount"],
            form="~s",
        )
        cards.card(texts.GROSS_CANCELLED, periods, draw, "gross_cancelled")
    with right:
        draw = partial(
            charts.stacked, x="period_start", ups=GAINS, downs=LOSSES, colours=COLOURS, form="~s"
        )
        cards.card(texts.MOVEMENTS, periods, draw, "movements")

    split = queries.arr(cursor, grain, since, until, by)
    draw = partial(
        charts.lines, x="period_start", ys=["net_new_arr_amount"], by="segment_value", form="~s"
    )
    title = texts.MOVEMENTS_BY.format(segment=texts.words(by).lower())
    cards.card(title, split, draw, "movements_by")

    draw = partial(
        charts.heat,
        y="cohort_month",
        x="month_number",
        value="nrr_rate",
        hover=COHORT,
        most=1.3,
    )
    cohorts = queries.revenue_cohorts(cursor)
    cards.card(texts.REVENUE_COHORTS, cohorts, draw, "revenue_cohorts", texts.REVENUE_COHORTS_NOTE)

    found = queries.series(cursor, "leakage_found", "day", since, until, "rule")
    draw = partial(charts.dots, x="date", y="value", by="segment_value", form="~s")
    cards.card(texts.LEAKS_BY_RULE, found, draw, "leakage_by_rule")
    cards.card(texts.LEAKS, queries.leakage(cursor), None, "leakage", texts.LEAKS_NOTE)
