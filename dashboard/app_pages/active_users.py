"""Who is active, how often, and where they come from and go."""

from functools import partial

import streamlit as st
from dashboard import cards, charts, filters, queries, texts
from dashboard.page import page

METRICS = ["dau", "wau", "mau", "stickiness"]
FLOWS_UP = ["retained_users", "resurrected_users", "new_users"]
COLOURS = dict(
    zip(
        [*FLOWS_UP, "dormant_users"],
        ("#2E78B7", "#56B4E9", "#0A9A74", "#E08E0B"),
        strict=True,
    )
)

with page(texts.ACTIVE_USERS) as (cursor, as_of):
    since, until = filters.period(as_of)
    grain = filters.grain(["day", "week", "month"])
    has = queries.shapes(cursor, "dau")
    metric = filters.choice(texts.METRIC, METRICS, "metric")
    by = filters.segment(has["segment_name"].tolist(), "platform")

    daily = queries.active_users(cursor, since, until)
    draw = partial(charts.lines, x="date", ys=["dau", "wau", "mau"], form=",.0f")
    cards.card(texts.DAU_WAU_MAU, daily, draw, "active_users")

    flows = queries.lifecycle(cursor, grain, since, until)
    draw = partial(
        charts.stacked, x="period_start", ups=FLOWS_UP, downs=["dormant_users"], colours=COLOURS
    )
    cards.card(texts.LIFECYCLE, flows, draw, "lifecycle", texts.LIFECYCLE_NOTE)

    left, right = st.columns(2)
    with left:
        split = queries.series(cursor, metric, "day", since, until, by)
        form = ".0%" if metric == "stickiness" else ",.0f"
        draw = partial(charts.lines, x="date", ys=["value"], by="segment_value", form=form)
        title = texts.BY_SEGMENT.format(metric=texts.words(metric), segment=texts.words(by).lower())
        cards.card(title, split, draw, "by_segment")
    with right:
        draw = partial(charts.lines, x="date", ys=["stickiness_rate"], form=".0%")
        cards.card(texts.STICKINESS, daily, draw, "stickiness", texts.STICKINESS_NOTE)

    def active(rows: queries.Rows) -> charts.go.Figure:
        return charts.bars(rows[rows["active_days"] > 0], "active_days", "users", ",.0f")

    days = queries.active_days(cursor)
    cards.card(texts.ACTIVE_DAYS, days, active, "active_days", texts.ACTIVE_DAYS_NOTE)
