"""The key numbers, read from the marts as a BI tool would read them."""

from contextlib import closing
from typing import Any

from sqlalchemy import URL

from productpulse.database import connect, is_readable
from productpulse.errors import NOT_BUILT, PulseError
from productpulse.ownership import relations, unmarked
from productpulse.schemas import schema_of

# One number per row: name, unit, and the query that reads it. Nothing is computed here.
QUERIES = {
    "as_of_date": "select max(date) from {marts}.dim_dates where is_complete",
    "dau": "select dau from {daily}",
    "wau": "select wau from {daily}",
    "mau": "select mau from {daily}",
    "stickiness_rate": "select stickiness_rate from {daily}",
    "month": "select to_char(period_start, 'YYYY-MM') from {month}",
    "closing_arr_amount": "select closing_arr_amount from {month}",
    "customers": "select customers from {month}",
    "gross_arr_amount": "select gross_arr_amount from {month}",
    "cancelled_arr_amount": "select cancelled_arr_amount from {month}",
    "nrr_12m_rate": "select nrr_12m_rate from {month}",
    "grr_12m_rate": "select grr_12m_rate from {month}",
}
DAILY = (
    "(select * from {marts}.fct_active_users_daily where segment_name = 'all' and is_complete "
    "order by date desc limit 1) as daily"
)
MONTH = (
    "(select * from {marts}.fct_arr_by_period where segment_name = 'all' "
    "and period_grain = 'month' and is_complete order by period_start desc limit 1) as latest_month"
)


def key_numbers(url: URL | None = None) -> dict[str, Any]:
    """The key numbers by name: DAU of the last complete day, ARR of the last complete month.

    `month` and `currency` say which month and currency the amounts are in.

    A number is None where there are no data for it. Raises PulseError before the first build.
    """
    import psycopg2.errors

    numbers = {}
    marts = schema_of("marts")
    daily, month = DAILY.format(marts=marts), MONTH.format(marts=marts)
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        for name, query in QUERIES.items():
            try:
                cursor.execute(query.format(marts=marts, daily=daily, month=month))
            except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName) as error:
                raise PulseError(NOT_BUILT) from error
            row = cursor.fetchone()
            numbers[name] = row[0] if row else None
        numbers["currency"] = None
        schema, table = schema_of("intermediate"), "int_revenue__reporting_currency"
        if is_readable(cursor, schema, table):
            cursor.execute(f"select max(currency) from {schema}.{table}")
            numbers["currency"] = cursor.fetchall()[0][0]
    return numbers


def drifted_metrics(url: URL | None = None) -> list[str]:
    """The metrics that the last build made differently from what was approved."""
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        if not is_readable(cursor, schema_of("marts"), "dim_metrics", "is_drifted"):
            return []
        cursor.execute(
            f"select metric_name from {schema_of('marts')}.dim_metrics where is_drifted order by 1"
        )
        return [name for (name,) in cursor.fetchall()]


def marts(url: URL | None = None) -> list[tuple[str, str]]:
    """The public tables with their description, as (name, description), sorted by name."""
    return _described(url, schema_of("marts"))


def learned(url: URL | None = None) -> list[tuple[str, str]]:
    """The same for our tables that `segment` and `churn-model` have written, if any."""
    schema = schema_of("learning")
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        ours = {name for (_, name), (_, is_ours) in relations(cursor, [schema]).items() if is_ours}
    return [(name, told) for name, told in _described(url, schema) if name in ours]


def _described(url: URL | None, schema: str) -> list[tuple[str, str]]:
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "select c.relname, coalesce(obj_description(c.oid), '') from pg_class as c "
            "join pg_namespace as n on n.oid = c.relnamespace "
            "where n.nspname = %s and c.relkind in ('r', 'v') order by c.relname",
            [schema],
        )
        return [(name, unmarked(description)) for name, description in cursor.fetchall()]
