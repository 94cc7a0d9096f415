"""Who comes back: cohorts, their curves, and survival."""

from datetime import date
from functools import partial

import streamlit as st
from dashboard import cards, charts, filters, queries, texts
from dashboard.page import page

HOVER = ["retention_rate", "retained_users", "eligible_users", "cohort_users"]


def choices(found: queries.Rows, column: str) -> list[str]:
    return list(dict.fromkeys(found[column]))


with page(texts.RETENTION) as (cursor, as_of):
    kept = queries.retention_choices(cursor)
    if kept.empty:
        st.info(texts.NO_ROWS, icon=":material/inbox:")
        st.stop()
    since, _ = filters.period(as_of)
    basis = filters.choice(
        texts.BASIS,
        choices(kept, "cohort_basis"),
        "basis",
        "first_activity",
        texts.BASES.__getitem__,
    )
    kept = kept[kept["cohort_basis"] == basis]
    grain = filters.grain(choices(kept, "period_grain"))
    kept = kept[kept["period_grain"] == grain]
    kind = filters.choice(
        texts.KIND, choices(kept, "retention_type"), "kind", "bounded", texts.KINDS.__getitem__
    )
    kept = kept[kept["retention_type"] == kind]
    segments = [name for name in choices(kept, "segment_name") if name != "all"]

    cohorts = queries.cohorts(cursor, basis, grain, kind, since)
    draw = partial(
        charts.heat, y="cohort_start", x="period_number", value="retention_rate", hover=HOVER
    )
    cards.card(texts.COHORTS, cohorts, draw, "cohorts", texts.COHORTS_NOTE)

    starts = [f"{start:%Y-%m-%d}" for start in choices(cohorts, "cohort_start")]
    first, middle = starts[:1], starts[len(starts) // 2 : len(starts) // 2 + 1]
    chosen = st.multiselect(
        texts.COHORT,
        starts,
        list(dict.fromkeys(first + middle)),
        key="cohorts",
        bind=filters.QUERY,
        max_selections=charts.MOST_LINES,
    )
    by_segment = st.columns(2) if segments and chosen else [st.container()]
    with by_segment[0]:
        curves = cohorts[[f"{start:%Y-%m-%d}" in chosen for start in cohorts["cohort_start"]]]
        draw = partial(charts.bands, x="period_number", y="retention_rate", by="cohort_start")
        cards.card(texts.CURVES, curves, draw, "curves")
    if len(by_segment) == 2:
        by = filters.segment(segments, "platform")
        first_day = date.fromisoformat(chosen[0])
        found = queries.cohort_by_segment(cursor, basis, grain, kind, by, first_day)
        title = texts.COHORT_BY_SEGMENT.format(cohort=chosen[0], segment=texts.words(by).lower())
        draw = partial(charts.bands, x="period_number", y="retention_rate", by="segment_value")
        with by_segment[1]:
            cards.card(title, found, draw, "curves_by_segment")

    survival = queries.survival(cursor, "all")
    draw = partial(charts.bands, x="day_number", y="survival_rate", by="segment_value")
    cards.card(texts.SURVIVAL, survival, draw, "survival")
