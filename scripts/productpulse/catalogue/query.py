"""The query that reproduces a metric from its mart, as anyone could type it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from productpulse.catalogue.read import Metric


@dataclass(frozen=True)
class Cell:
    """One value of a metric in fct_metric_values."""

    date: date
    grain: str
    segment_name: str = "all"
    segment_value: str = "all"


def reproducing(metric: Metric, marts: str, by: str | None = None, cell: Cell | None = None) -> str:
    """SQL that gives the metric's values from its mart in the schema `marts`.

    `by`: the name of a segment; without one the whole, or all segments of a mart that has no whole.
    `cell`: gives this one value.
    """
    if cell:
        by = cell.segment_name
    columns = [f"{metric.date} as date"] if metric.date else []
    groups = [metric.date] if metric.date else []
    where = conditions(metric.where.items())
    if isinstance(metric.grain, dict):
        columns.append(f"{metric.grain['column']} as period_grain")
        groups.append(metric.grain["column"])
    for part in metric.segments:
        if "name_column" in part:
            columns += [part["name_column"], part["value_column"]]
            groups += [part["name_column"], part["value_column"]]
            where += [] if cell else [f"{part['name_column']} = {literal(by or 'all')}"]
        elif by == part["name"] or not metric.aggregate:
            columns.append(part["column"])
            groups.append(part["column"])
    if cell:
        where = conditions(rows_of(metric, cell))
    if metric.aggregate:
        columns.append("count(*) as value" if not metric.value else f"sum({metric.value}) as value")
    else:
        columns += [column for column in (metric.numerator, metric.denominator) if column]
        columns.append(f"{metric.value} as value")
    lines = [f"select {', '.join(dict.fromkeys(columns))}", f"from {marts}.{metric.mart}"]
    if where:
        lines.append(f"where {' and '.join(where)}")
    if metric.aggregate and groups:
        lines.append(f"group by {', '.join(groups)}")
    if groups:
        lines.append(f"order by {', '.join(groups)}")
    return "\n".join(lines)


def rows_of(metric: Metric, cell: Cell) -> list[tuple[str, Any]]:
    """The rows of the mart behind a cell: what in SQL must equal what. The metric has a date."""
    assert metric.date
    found: list[tuple[str, Any]] = [*metric.where.items(), (metric.date, cell.date)]
    if isinstance(metric.grain, dict):
        found.append((metric.grain["column"], cell.grain))
    for part in metric.segments:
        if "name_column" in part:
            found.append((part["name_column"], cell.segment_name))
            found.append((part["value_column"], cell.segment_value))
        elif part["name"] == cell.segment_name:
            # as the tall table calls a missing value
            found.append((f"coalesce(cast({part['column']} as text), 'none')", cell.segment_value))
    return found


def conditions(pairs: Iterable[tuple[str, Any]]) -> list[str]:
    """What in SQL must equal what, as SQL."""
    return [f"{name} = {literal(value)}" for name, value in pairs]


def literal(value: Any) -> str:
    """A value as SQL."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{value}'" if isinstance(value, date) else str(value).lower()
