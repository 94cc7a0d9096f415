"""A metric as an SQL expression over the rows of its mart that a tool has chosen and grouped.

It is null where the chosen rows have no value together, and never a sum that counts twice. Rows
of several segments are given by the row of the whole.
"""

from productpulse.catalogue.exports import ONLY_DATE, categories, segment_columns
from productpulse.catalogue.query import literal
from productpulse.catalogue.read import Metric


def expression(metric: Metric, table: str | None = None) -> str:
    """The expression, with the columns of `table` if the tool wants its name before them."""
    return _Expression(metric, f"{table}." if table else "").text()


def only_one(metric: Metric) -> list[str]:
    """Columns of which the chosen rows must have a single value."""
    over = adds_up_over(metric)
    named = segment_columns(metric)
    columns = [metric.grain["column"]] if isinstance(metric.grain, dict) else []
    if metric.date and "time" not in over:
        columns.append(metric.date)
    if "segments" not in over:
        columns += categories(metric)
    if named:
        columns += named if "segments" not in over else named[:1]
    return [column for column in columns if column not in metric.where]


def adds_up_over(metric: Metric) -> set[str]:
    """Over what its values, or its numerators and denominators, sum."""
    over = set(metric.parts_add_up_over or metric.adds_up_over)
    return over | {"time"} if over and metric.date == ONLY_DATE else over


class _Expression:
    def __init__(self, metric: Metric, prefix: str) -> None:
        self.metric, self.prefix = metric, prefix
        self.rows = tuple(
            f"{prefix}{name} = {literal(value)}" for name, value in metric.where.items()
        )

    def text(self) -> str:
        named = segment_columns(self.metric)
        cases = [(self._guards(self.rows), self._value(self.rows))]
        if named and named[0] not in self.metric.where:
            whole = (*self.rows, f"{self.prefix}{named[0]} = 'all'")
            cases.append((self._guards(whole, skip=named), self._value(whole)))
        if not any(guards for guards, _ in cases):
            return cases[0][1]
        whens = [
            f"WHEN {' AND '.join(guards)} THEN {value}" if guards else f"ELSE {value}"
            for guards, value in cases
        ]
        return f"CASE {' '.join(whens)} END"

    def _guards(self, rows: tuple[str, ...], skip: tuple[str, ...] = ()) -> list[str]:
        if not self.metric.aggregate and not adds_up_over(self.metric):
            return [f"COUNT({_if(rows, '1')}) = 1" if rows else "COUNT(*) = 1"]
        return [
            f"COUNT(DISTINCT {_if(rows, self.prefix + column)}) = 1"
            for column in only_one(self.metric)
            if column not in skip
        ]

    def _value(self, rows: tuple[str, ...]) -> str:
        metric = self.metric
        if metric.aggregate == "count":
            return f"COUNT({_if(rows, '1')})" if rows else "COUNT(*)"
        if metric.parts_add_up_over:
            upper, lower = (
                f"SUM({_if(rows, f'{self.prefix}{column}')})"
                for column in (metric.numerator, metric.denominator)
            )
            return f"CAST({upper} AS DOUBLE PRECISION) / NULLIF({lower}, 0)"
        kind = "SUM" if metric.aggregate or adds_up_over(metric) else "MAX"
        return f"{kind}({_if(rows, f'{self.prefix}{metric.value}')})"


def _if(rows: tuple[str, ...], value: str) -> str:
    return f"CASE WHEN {' AND '.join(rows)} THEN {value} END" if rows else value
