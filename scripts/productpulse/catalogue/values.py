"""The values of metrics, read from the tall table as every client reads them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL

from productpulse.catalogue.read import Metric
from productpulse.database import connect
from productpulse.errors import NOT_BUILT, PulseError
from productpulse.schemas import schema_of

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

COLUMNS = (
    *("date", "period_grain", "segment_name", "segment_value", "is_complete", "value"),
    *("numerator", "denominator", "previous_value", "year_ago_value"),
)


@contextmanager
def reading(url: URL) -> Iterator["Cursor"]:
    """A cursor in a transaction that cannot write.

    Raises PulseError, inside the block, for a table that no build has made yet.
    """
    import psycopg2.errors

    with closing(connect(url)) as connection:
        connection.set_session(readonly=True)
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName) as error:
            raise PulseError(NOT_BUILT) from error


@dataclass(frozen=True)
class Shape:
    """What values a metric has: its grains, and the names of its segments."""

    grains: tuple[str, ...]
    segments: tuple[str, ...]

    @property
    def segment(self) -> str:
        """The whole; for a metric that has no whole its first segment."""
        return "all" if "all" in self.segments else self.segments[0]


@dataclass(frozen=True)
class Wanted:
    """Which values of a metric are asked for; None stands for all.

    `by`: the name of a segment, else the whole; a metric that has no whole is given by its first
    segment.
    """

    since: date | None = None
    until: date | None = None
    grain: str | None = None
    by: str | None = None
    segment_value: str | None = None


def shape(cursor: "Cursor", metric: Metric) -> Shape:
    """What values the metric has; nothing in it where it has none.

    Raises PulseError for a metric without a date and for a deprecated one.
    """
    if metric.date is None:
        raise PulseError(
            f"{metric.id} has no date, so it has no values over time:"
            f" `productpulse metric show {metric.id}` gives the query of its mart"
        )
    if metric.is_deprecated:
        raise PulseError(f"{metric.id} is deprecated: use {metric.successor}")
    cursor.execute(
        f"select distinct period_grain, segment_name from {_table()} where metric_name = %s"
        " order by period_grain, segment_name",
        [metric.id],
    )
    found = cursor.fetchall()
    return Shape(
        tuple(dict.fromkeys(grain for grain, _ in found)),
        tuple(dict.fromkeys(name for _, name in found)),
    )


def values(
    cursor: "Cursor", metric: Metric, has: Shape, wanted: Wanted, limit: int | None = None
) -> list[dict[str, Any]]:
    """The rows of a metric, whose shape is `has`, in order of date, the newest `limit` of them.

    They are as COLUMNS. Raises PulseError, with what there is, for a grain or segment that it does
    not have.
    """
    if not has.grains:
        return []
    conditions, bound = _conditions(metric, has, wanted)
    cursor.execute(
        f"select {', '.join(COLUMNS)} from {_table()} where {conditions}"
        " order by date desc, period_grain, segment_value limit %s",
        [*bound, limit],
    )
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return rows[::-1]


def count(cursor: "Cursor", metric: Metric, has: Shape, wanted: Wanted) -> int:
    """How many rows `values` has without a limit."""
    if not has.grains:
        return 0
    conditions, bound = _conditions(metric, has, wanted)
    cursor.execute(f"select count(*) from {_table()} where {conditions}", bound)
    return int(cursor.fetchall()[0][0])


def _table() -> str:
    return f"{schema_of('marts')}.fct_metric_values"


def _conditions(metric: Metric, has: Shape, wanted: Wanted) -> tuple[str, list[Any]]:
    """The condition of the wanted rows, and the values that are bound in it."""
    by = wanted.by or has.segment
    for option, given, known in (
        ("grain", wanted.grain, has.grains),
        ("segment", by, has.segments),
    ):
        if given is not None and given not in known:
            raise PulseError(f"{metric.id} has no {option} {given!r}; there is {', '.join(known)}")
    conditions = ["metric_name = %s", "segment_name = %s"]
    bound: list[Any] = [metric.id, by]
    for condition, value in (
        ("period_grain = %s", wanted.grain),
        ("segment_value = %s", wanted.segment_value),
        ("date >= %s", wanted.since),
        ("date <= %s", wanted.until),
    ):
        if value is not None:
            conditions.append(condition)
            bound.append(value)
    return " and ".join(conditions), bound


def is_built(cursor: "Cursor", metric: Metric) -> bool:
    """Whether the last build knew of the metric."""
    cursor.execute(
        f"select exists (select from {schema_of('marts')}.dim_metrics where metric_name = %s)",
        [metric.id],
    )
    return bool(cursor.fetchall()[0][0])


def lineage(cursor: "Cursor", metric: Metric) -> list[dict[str, Any]]:
    """What a metric is made of, nearest first: node, layer, depth, and the node that uses it."""
    columns = ("node", "layer", "depth", "used_by")
    cursor.execute(
        f"select {', '.join(columns)} from {schema_of('marts')}.dim_metric_lineage"
        " where metric_name = %s order by depth, used_by, node",
        [metric.id],
    )
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
