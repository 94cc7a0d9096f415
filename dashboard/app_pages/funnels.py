"""How far people get: steps, segments, weeks and time."""

from functools import partial

import streamlit as st
from dashboard import cards, charts, filters, queries, texts
from dashboard.page import page

TIMES = ["median_seconds_from_previous", "p90_seconds_from_previous"]

with page(texts.FUNNELS) as (cursor, as_of):
    known = queries.funnels(cursor)
    if known.empty:
        st.info(texts.NO_ROWS, icon=":material/inbox:")
        st.stop()
    names = dict(zip(known["funnel_id"], known["name"], strict=True))
    funnel = filters.choice(texts.FUNNEL, list(names), "funnel", "onboarding", names.__getitem__)
    since, until = filters.period(as_of)
    segments = queries.funnel_segments(cursor, funnel)
    by = filters.segment(segments, "platform")
    about = known.set_index("funnel_id").loc[funnel]
    st.caption(f"{about['description']} {texts.OWNER}: {about['owner']}.")

    steps = queries.funnel_steps(cursor, funnel)
    draw = partial(charts.funnel, name="step_name", users="users", rate="overall_conversion_rate")
    cards.card(texts.STEPS, steps, draw, "steps", texts.STEPS_NOTE)

    left, right = st.columns(2)
    with left:
        split = queries.funnel_steps(cursor, funnel, by)
        last = split[split["is_last_step"].astype(bool)]
        draw = partial(
            charts.bars, x="segment_value", y="overall_conversion_rate", form=".1%", across=True
        )
        title = texts.FUNNEL_SEGMENTS.format(segment=texts.words(by).lower())
        cards.card(title, last, draw, "funnel_segments")
    with right:
        later = steps[steps["step_number"] > 1]
        draw = partial(charts.times, name="step_name", columns=TIMES)
        cards.card(texts.FUNNEL_TIMES, later, draw, "funnel_times")

    weeks = queries.funnel_weeks(cursor, funnel, since, until)
    draw = partial(charts.lines, x="entry_week", ys=["overall_conversion_rate"], form=".0%")
    cards.card(texts.FUNNEL_WEEKS, weeks, draw, "funnel_weeks")
