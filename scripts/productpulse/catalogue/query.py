"""The query that reproduces a metric from its mart, as anyone could type it."""

from typing import Any

from productpulse.catalogue.read import Metric


def reproducing(metric: Metric, marts: str, by: str | None = None) -> str:
    """SQL that gives the metric's values from its mart in the schema `marts`.

    `by`: the name of a segment; without one the whole, or all segments of a mart that has no whole.
    """
    columns = [f"{metric.date} as date"] if metric.date else []
    where = [f"{name} = {_literal(value)}" for name, value in metric.where.items()]
    groups = [metric.date] if metric.date else []
    if isinstance(metric.grain, dict):
        columns.append(f"{metric.grain['column']} as period_grain")
        groups.append(metric.grain["column"])
    for part in metric.segments:
        if "name_column" in part:
            columns += [part["name_column"], part["value_column"]]
            groups += [part["name_column"], part["value_column"]]
            where.append(f"{part['name_column']} = {_literal(by or 'all')}")
        elif by == part["name"] or not metric.aggregate:
            columns.append(part["column"])
            groups.append(part["column"])
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


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower()
