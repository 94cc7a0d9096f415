"""One answer each: a chart or its table with the rows as CSV, or a number with its changes."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, formats, texts

STILL = {"staticPlot": True}
CONFIG = {"displaylogo": False, "displayModeBar": False, "responsive": True}


def card(
    title: str,
    rows: pd.DataFrame,
    chart: Callable[[pd.DataFrame], go.Figure] | None,
    key: str,
    note: str | None = None,
    empty: str = texts.NO_ROWS,
) -> None:
    """A card with the chart of the rows, or the rows themselves; without a chart only those."""
    with st.container(border=True, height="stretch", key=f"card_{key}"):
        shown = head(title, rows, key, has_chart=chart is not None)
        if rows.empty:
            st.caption(empty)
        elif chart is None or shown == texts.TABLE:
            table(rows, key)
        else:
            st.plotly_chart(chart(rows), key=f"{key}_chart", config=CONFIG, alt=title)
        if note and not rows.empty:
            st.caption(note)


def head(title: str, rows: pd.DataFrame, key: str, has_chart: bool) -> str:
    """The title, the choice between chart and table, and the CSV. Returns what was chosen."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown(f"**{title}**", width="stretch")
        if rows.empty:
            return texts.TABLE
        shown = texts.CHART if has_chart else texts.TABLE
        if has_chart:
            shown = st.segmented_control(
                texts.AS.format(title=title),
                [texts.CHART, texts.TABLE],
                default=texts.CHART,
                required=True,
                key=f"{key}_as",
                label_visibility="collapsed",
            )
        st.download_button(
            "CSV",
            lambda: formats.csv(rows),
            f"{key}.csv",
            "text/csv",
            key=f"{key}_csv",
            help=texts.CSV,
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
        )
    return str(shown)


def table(rows: pd.DataFrame, key: str, **options: Any) -> Any:
    """The rows under names that a reader says."""
    return st.dataframe(
        rows,
        hide_index=True,
        key=f"{key}_table",
        column_config={name: column(name) for name in rows.columns},
        **options,
    )


def column(name: str) -> Any:
    """How a column of a mart is shown."""
    label = texts.words(name)
    if name.endswith(("_rate", "confidence", "_low", "_high")):
        return st.column_config.NumberColumn(label, format="percent")
    if name.endswith("_amount"):
        return st.column_config.NumberColumn(label, format="localized")
    return st.column_config.Column(label)


def metric(definition: "pd.Series[Any]", grain: str, latest: pd.DataFrame, past: list[Any]) -> None:
    """The last complete period of a metric, against the one before and the year before."""
    unit, direction = unit_of(definition), str(definition["direction"])
    value, before, year_ago = (
        latest[name].iloc[0] if len(latest) else None
        for name in ("value", "previous_value", "year_ago_value")
    )
    colour = {"up": "normal", "down": "inverse"}.get(direction, "off")
    change = formats.change(value, before, unit)
    year = formats.change(value, year_ago, unit)
    with st.container(border=True, height="stretch", key=f"metric_{definition['metric_name']}"):
        st.metric(
            str(definition["label"]),
            formats.number(value, unit),
            change,
            delta_color=colour if change and change[0] in "+-" else "off",  # type: ignore[arg-type]
            delta_arrow="auto" if change and change[0] in "+-" else "off",
            delta_description=texts.BEFORE.format(period=texts.BEFORE_WORD[grain]),
            help=explained(definition),
        )
        if len(past) > 1:
            label = str(definition["label"])
            name = f"spark_{definition['metric_name']}"
            st.plotly_chart(charts.spark(past), key=name, config=CONFIG | STILL, alt=label)
        when = formats.short(latest["date"].iloc[0], grain) if len(latest) else formats.DASH
        compared = texts.YEAR_AGO.format(change=year) if year else texts.NO_YEAR_AGO
        st.caption(f"{when} · {compared}")


def unit_of(definition: "pd.Series[Any]") -> str:
    """The unit of a metric; a ratio that its mart calls a rate is shown as one."""
    return "rate" if str(definition["value_column"]).endswith("_rate") else str(definition["unit"])


def explained(definition: "pd.Series[Any]") -> str:
    """What a metric is and whether it may be relied on."""
    trust = str(definition["trust"])
    means = texts.TRUST_MEANS.get(trust, trust).format(approved_by=definition["approved_by"])
    return f"{definition['description']}\n\n{texts.TRUST.get(trust, trust)} {means}"
