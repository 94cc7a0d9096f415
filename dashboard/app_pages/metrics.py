"""The catalogue: what each number is, whether it may be relied on, and what it is made of."""

from functools import partial

import streamlit as st
from dashboard import cards, charts, filters, queries, texts
from dashboard.page import page

FORMS = {"rate": ".0%", "currency": "~s"}
SHOWN = ["metric_name", "label", "trust", "area", "owner", "unit", "description"]

with page(texts.METRICS) as (cursor, as_of):
    search = filters.search("find_metric", texts.SEARCH_METRICS)
    found = queries.metrics(cursor, search)
    note = texts.CATALOGUE_NOTE.format(count=len(found))
    if found.empty:
        cards.card(texts.CATALOGUE, found[SHOWN], None, "catalogue", note)
        st.stop()
    labels = dict(zip(found["metric_name"], found["label"], strict=True))
    metric = filters.choice(texts.METRIC, list(labels), "metric", "dau", labels.__getitem__)
    one = found.set_index("metric_name", drop=False).loc[metric]

    with st.container(border=True):
        st.subheader(str(one["label"]))
        trust = str(one["trust"])
        means = texts.TRUST_MEANS.get(trust, "").format(approved_by=one["approved_by"])
        st.markdown(f"{texts.TRUST.get(trust, trust)} {means}")
        st.markdown(str(one["description"]))
        left, right = st.columns(2)
        left.markdown(texts.LABELLED.format(label=texts.FORMULA, value=one["formula"]))
        left.markdown(texts.LABELLED.format(label=texts.RISK, value=one["risk_if_wrong"]))
        right.markdown(texts.LABELLED.format(label=texts.OWNER, value=one["owner"]))
        value = one["value_column"]
        source = f"{one['source_model']}.{value}" if isinstance(value, str) else one["source_model"]
        right.markdown(texts.LABELLED.format(label=texts.SOURCE, value=f"`{source}`"))
        if one["parameters"]:
            right.markdown(
                texts.LABELLED.format(label=texts.PARAMETERS, value=f"`{one['parameters']}`")
            )

    shapes = queries.shapes(cursor, metric)
    if shapes.empty:
        st.info(texts.NO_VALUES.format(mart=one["source_model"]), icon=":material/info:")
    else:
        since, until = filters.period(as_of)
        grains = list(dict.fromkeys(shapes["period_grain"]))
        names = list(dict.fromkeys(shapes["segment_name"]))
        grain = filters.grain(grains, "month" if "month" in grains else grains[0])
        by = filters.choice(texts.BY, names, "segment", "all")
        values = queries.series(cursor, metric, grain, since, until, by)
        form = FORMS.get(str(one["unit"]), ",.2~f")
        draw = partial(charts.lines, x="date", ys=["value"], by="segment_value", form=form)
        cards.card(texts.VALUES, values, draw, "values")

    cards.card(texts.LINEAGE, queries.lineage(cursor, metric), None, "lineage")
    cards.card(texts.CATALOGUE, found[SHOWN], None, "catalogue", note)
