"""Figures of rows of the marts, in colours that light and dark share."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import texts
from dashboard.texts import words

# Okabe and Ito (2008), a little darker where white is behind them.
COLOURS = ("#2E78B7", "#E08E0B", "#0A9A74", "#C46A9B", "#56B4E9", "#C9541A", "#8A8F98")
UP, DOWN, TOTAL, GREY = COLOURS[0], COLOURS[1], "#8A8F98", "rgba(138,143,152,0.18)"
# Opaque and light enough for one dark text, whatever is behind the figure.
SCALE = [[0, "#EEF4FA"], [1, "#5B9BD0"]]
ON_SCALE = "#10263A"
HEIGHT = 300
# More lines than this cannot be told apart.
MOST_LINES = len(COLOURS)
# And in more columns than this no number can be read.
MOST_COLUMNS = 26


def figure(form: str = "", height: int = HEIGHT, **layout: Any) -> go.Figure:
    """An empty figure; `form` is how d3 writes the values of its y axis."""
    made = go.Figure()
    made.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None},
        yaxis={"tickformat": form, "rangemode": "tozero", "automargin": True},
        xaxis={"showgrid": False, "automargin": True},
        bargap=0.25,
        **layout,
    )
    return made


def lines(
    rows: pd.DataFrame, x: str, ys: Sequence[str], by: str | None = None, form: str = ""
) -> go.Figure:
    """Lines of columns, or of one column by the values of `by`; what is not complete is dashed.

    Where there is only one date, its values by `by` are bars.
    """
    if by and rows[x].nunique() == 1:
        return bars(rows, by, ys[0], form, across=True)
    made = figure(form)
    groups: list[tuple[Any, pd.DataFrame]] = [(None, rows)]
    if by:
        groups = list(rows.groupby(by, sort=False))[:MOST_LINES]
    number = 0
    for value, group in groups:
        for y in ys:
            colour = COLOURS[number % len(COLOURS)]
            _line(made, group, x, y, str(value) if by else words(y), colour)
            number += 1
    made.update_layout(showlegend=number > 1, margin={"t": 28 if number > 1 else 8})
    return made


def _line(made: go.Figure, rows: pd.DataFrame, x: str, y: str, name: str, colour: str) -> None:
    is_over = _is_over(rows)
    # The dashed part begins where the whole one ends.
    is_open = ~is_over | (is_over & ~is_over.shift(-1, fill_value=True))
    parts = [(is_over, "solid"), (is_open, "dot")] if not is_over.all() else [(is_over, "solid")]
    for is_shown, dash in parts:
        made.add_scatter(
            x=rows.loc[is_shown, x],
            y=numbers(rows.loc[is_shown, y]),
            name=name,
            legendgroup=name,
            showlegend=dash == "solid",
            mode="lines" if len(rows) > 1 else "markers",
            line={"color": colour, "dash": dash, "width": 2},
            hoverinfo="skip" if dash != "solid" and is_shown.sum() < 2 else None,
        )


def spark(values: Sequence[float]) -> go.Figure:
    """The course of a metric, without axes."""
    made = go.Figure(go.Scatter(y=list(values), mode="lines", line={"color": UP, "width": 1.6}))
    made.update_layout(height=44, margin={"l": 0, "r": 0, "t": 2, "b": 2}, showlegend=False)
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False)
    return made


def _is_over(rows: pd.DataFrame) -> "pd.Series[bool]":
    if "is_complete" not in rows:
        return pd.Series(True, index=rows.index)
    return rows["is_complete"].fillna(False).astype(bool)


def bands(
    rows: pd.DataFrame, x: str, y: str, by: str, form: str = ".0%", name: str | None = None
) -> go.Figure:
    """Lines with the intervals `rate_low` to `rate_high` behind them."""
    made = figure(form)
    groups = list(rows[rows[y].notna()].groupby(by, sort=False))[:MOST_LINES]
    for number, (value, group) in enumerate(groups):
        colour = COLOURS[number % len(COLOURS)]
        made.add_scatter(
            mode="lines",
            x=[*group[x], *group[x][::-1]],
            y=[*numbers(group["rate_high"]), *numbers(group["rate_low"])[::-1]],
            fill="toself",
            fillcolor=_faint(colour),
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            legendgroup=str(value),
        )
    for number, (value, group) in enumerate(groups):
        made.add_scatter(
            x=group[x],
            y=numbers(group[y]),
            name=str(value),
            legendgroup=str(value),
            mode="lines",
            line={"color": COLOURS[number % len(COLOURS)], "width": 2},
        )
    made.update_layout(showlegend=len(groups) > 1)
    made.update_xaxes(title=words(name or x))
    return made


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.15)"


def stacked(
    rows: pd.DataFrame,
    x: str,
    ups: Sequence[str],
    downs: Sequence[str] = (),
    colours: Mapping[str, str] | None = None,
    form: str = "",
) -> go.Figure:
    """Bars of `ups` above the line and of `downs` below it; open periods are paler."""
    made = figure(form, barmode="relative")
    opacity = [1.0 if is_over else 0.45 for is_over in _is_over(rows)]
    for number, y in enumerate([*ups, *downs]):
        values = numbers(rows[y])
        made.add_bar(
            x=rows[x],
            y=-values if y in downs else values,
            customdata=values,
            hovertemplate="%{customdata:,.0f}",
            name=words(y),
            marker={
                "color": (colours or {}).get(y, COLOURS[number % len(COLOURS)]),
                "opacity": opacity,
                "line": {"width": 0},
            },
        )
    return made


def bars(rows: pd.DataFrame, x: str, y: str, form: str = "", across: bool = False) -> go.Figure:
    """One bar per row; `across` puts the names at the left, the first row at the top."""
    values, names = numbers(rows[y]), rows[x]
    if not across:
        made = figure(form)
        made.add_bar(x=names, y=values, marker={"color": UP, "line": {"width": 0}}, name=words(y))
        made.update_xaxes(title=words(x))
        return made
    made = figure("", height=max(160, 34 * len(rows) + 50))
    made.add_bar(
        x=values,
        y=[str(name) for name in names],
        orientation="h",
        marker={"color": UP, "line": {"width": 0}},
        texttemplate="%{x:" + (form or ",") + "}",
        textposition="auto",
        name=words(y),
    )
    made.update_layout(hovermode="y unified", showlegend=False, margin={"t": 8})
    made.update_yaxes(autorange="reversed", tickformat=None, rangemode="normal")
    made.update_xaxes(tickformat=form, rangemode="tozero", showgrid=True)
    return made


def heat(
    rows: pd.DataFrame, y: str, x: str, value: str, hover: Sequence[str], most: float = 1.0
) -> go.Figure:
    """A cohort per line and a period per column; a cell that is open is grey."""
    labels = [f"{start:%Y-%m-%d}" for start in rows[y]]
    lines, columns = list(dict.fromkeys(labels)), sorted(set(rows[x]))
    cells = dict(zip(zip(labels, rows[x], strict=True), rows.to_dict("records"), strict=True))
    # A cell that the mart does not have is none.
    grid = [[cells.get((line, column)) for column in columns] for line in lines]
    made = figure(height=max(260, 22 * len(lines) + 60))
    common = {"x": columns, "y": lines, "xgap": 1, "ygap": 1}
    if rows[value].isna().any():
        made.add_heatmap(
            **common,
            z=[[1 if cell and cell[value] is None else None for cell in line] for line in grid],
            colorscale=[[0, GREY], [1, GREY]],
            showscale=False,
            hoverongaps=False,
            hovertemplate=f"%{{y}} · %{{x}}<br>{texts.NOT_OVER}<extra></extra>",
        )
    told = "<br>".join(
        f"{words(name)}: %{{customdata[{i}]:{'.1%' if name.endswith('_rate') else ',.0f'}}}"
        for i, name in enumerate(hover)
    )
    is_small = len(columns) <= MOST_COLUMNS
    made.add_heatmap(
        **common,
        z=[[_double(cell and cell[value]) for cell in line] for line in grid],
        customdata=[
            [[_double(cell and cell[name]) for name in hover] for cell in line] for line in grid
        ],
        zmin=0,
        zmax=most,
        colorscale=SCALE,
        colorbar={"tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
        hovertemplate=f"%{{y}} · %{{x}}<br>{told}<extra></extra>",
        texttemplate="%{z:.0%}" if is_small else None,
        textfont={"color": ON_SCALE},
        hoverongaps=False,
    )
    made.update_layout(hovermode="closest", margin={"t": 8})
    made.update_yaxes(type="category", autorange="reversed", tickformat=None, showgrid=False)
    made.update_xaxes(title=words(x), type="category", nticks=len(columns) if is_small else 20)
    return made


def _double(value: Any) -> float | None:
    return None if value is None else float(value)


def waterfall(
    opening: tuple[str, Any], steps: Sequence[tuple[str, Any]], closing: tuple[str, Any]
) -> go.Figure:
    """From the opening through the steps, which are signed, to the closing as it is in the mart."""
    names = [opening[0], *(name for name, _ in steps), closing[0]]
    made = figure("~s", height=340)
    made.add_waterfall(
        x=names,
        y=[float(opening[1]), *(float(value) for _, value in steps), float(closing[1])],
        measure=["absolute", *("relative" for _ in steps), "absolute"],
        increasing={"marker": {"color": UP}},
        decreasing={"marker": {"color": DOWN}},
        totals={"marker": {"color": TOTAL}},
        connector={"line": {"color": TOTAL, "width": 1, "dash": "dot"}},
        texttemplate="%{delta:.3~s}",
        textposition="outside",
    )
    moved = [float(opening[1]), *(float(value) for _, value in steps)]
    levels = [*accumulate(moved), float(closing[1])]
    room = 0.4 * (max(levels) - min(levels))
    low = max(0.0, min(levels) - room) if min(levels) > 0 else min(levels) - room
    made.update_yaxes(range=[low, max(levels) + room] if room else None, rangemode="normal")
    made.update_layout(showlegend=False, hovermode="closest", margin={"t": 8})
    return made


def numbers(column: "pd.Series[Any]") -> "pd.Series[float]":
    """Money, counts and rates alike, as the doubles that a chart needs."""
    return column.astype(float)


def funnel(rows: pd.DataFrame, name: str, users: str, rate: str) -> go.Figure:
    """A bar per step as long as its units, with the share of those who entered."""
    made = figure("", height=max(180, 52 * len(rows) + 40))
    labels = [
        f"{count:,.0f} · {share:.1%}" if share == share else f"{count:,.0f}"
        for count, share in zip(numbers(rows[users]), numbers(rows[rate]), strict=True)
    ]
    made.add_bar(
        x=numbers(rows[users]),
        y=[f"{i}. {step}" for i, step in enumerate(rows[name], 1)],
        orientation="h",
        text=labels,
        textposition="auto",
        marker={"color": UP, "line": {"width": 0}},
        hovertemplate="%{text}<extra></extra>",
    )
    made.update_layout(hovermode="closest", showlegend=False, margin={"t": 8})
    made.update_yaxes(autorange="reversed", tickformat=None, rangemode="normal")
    made.update_xaxes(tickformat="~s", rangemode="tozero")
    return made


UNITS = {60: "1 min", 600: "10 min", 3600: "1 h", 6 * 3600: "6 h", 86400: "1 day"}
UNITS |= {7 * 86400: "7 days", 30 * 86400: "30 days"}


def times(rows: pd.DataFrame, name: str, columns: Sequence[str]) -> go.Figure:
    """The median and the 90th percentile of a duration, on a logarithmic axis."""
    made = figure("", height=max(200, 60 * len(rows) + 60))
    for number, (column, said) in enumerate(zip(columns, (texts.MEDIAN, texts.P90), strict=True)):
        values = numbers(rows[column])
        made.add_scatter(
            x=values,
            y=rows[name],
            mode="markers",
            name=said,
            marker={"color": COLOURS[number], "size": 12},
            customdata=[duration(value) for value in values],
            hovertemplate="%{customdata}",
        )
    made.update_yaxes(autorange="reversed", tickformat=None, rangemode="normal")
    made.update_xaxes(
        type="log", tickvals=list(UNITS), ticktext=list(UNITS.values()), showgrid=True
    )
    made.update_layout(hovermode="closest")
    return made


def duration(seconds: float) -> str:
    """Seconds in the largest unit of which there is at least one."""
    for size, word in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:,.1f} {word}"
    return f"{seconds:,.0f} s"


def dots(rows: pd.DataFrame, x: str, y: str, by: str, form: str = "") -> go.Figure:
    """A dot per row, on a logarithmic axis, for amounts that most dates lack."""
    made = figure(form)
    for number, (value, group) in enumerate(rows.groupby(by, sort=False)):
        made.add_scatter(
            x=group[x],
            y=numbers(group[y]),
            name=words(str(value)),
            mode="markers",
            marker={"color": COLOURS[number % len(COLOURS)], "size": 7, "opacity": 0.75},
        )
    made.update_layout(hovermode="closest")
    made.update_yaxes(type="log", dtick=1, rangemode="normal")
    return made
