"""The values of metrics, read from the tall table as every client reads them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL

from productpulse.catalogue.read import Metric
from productpulse.database import connect
from productpulse.errors import PulseError
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
            raise PulseError("nothing is built yet: run `productpulse build`") from error


def values(
    cursor: "Cursor",
    metric: Metric,
    *,
    since: date | None = None,
    until: date | None = None,
    grain: str | None = None,
    by: str | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """The rows of a metric in order of date, as COLUMNS, the newest `limit` of them.

    `by`: the name of a segment, else the whole; a metric that has no whole is given by its only
    segment. Raises PulseError, with what there is, for a grain or segment that it does not have.
    """
    table = f"{schema_of('marts')}.fct_metric_values"
    if metric.date is None:
        raise PulseError(
            f"{metric.id} has no date, so it has no values over time:"
            f" `productpulse metric show {metric.id}` gives the query of its mart"
        )
    if metric.is_deprecated:
        raise PulseError(f"{metric.id} is deprecated: use {metric.successor}")
    cursor.execute(
        f"select distinct period_grain, segment_name from {table} where metric_name = %s"
        " order by period_grain, segment_name",
        [metric.id],
    )
    found = cursor.fetchall()
    grains = list(dict.fromkeys(each for each, _ in found))
    names = list(dict.fromkeys(name for _, name in found))
    if not found:
        return []
    if by is None:
        by = "all" if "all" in names else names[0]
    for option, given, known in (("grain", grain, grains), ("segment", by, names)):
        if given is not None and given not in known:
            raise PulseError(f"{metric.id} has no {option} {given!r}; there is {', '.join(known)}")
    conditions = ["metric_name = %s", "segment_name = %s"]
    bound: list[Any] = [metric.id, by]
    for condition, given in (
        ("period_grain = %s", grain),
        ("date >= %s", since),
        ("date <= %s", until),
    ):
        if given is not None:
            conditions.append(condition)
            bound.append(given)
    cursor.execute(
        f"select {', '.join(COLUMNS)} from {table} where {' and '.join(conditions)}"
        " order by date desc, period_grain, segment_value limit %s",
        [*bound, limit],
    )
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return rows[::-1]


def lineage(cursor: "Cursor", metric: Metric) -> list[dict[str, Any]]:
    """What a metric is made of, nearest first: node, layer, depth, and the node that uses it."""
    columns = ("node", "layer", "depth", "used_by")
    cursor.execute(
        f"select {', '.join(columns)} from {schema_of('marts')}.dim_metric_lineage"
        " where metric_name = %s order by depth, used_by, node",
        [metric.id],
    )
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
