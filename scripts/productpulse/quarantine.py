"""Loads with far more quarantined rows than the loads before, and what to do about them."""

from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from productpulse.schemas import schema_of

if TYPE_CHECKING:
    from sqlalchemy import URL

TEST = "load_quality__no_load_has_far_more_rows_quarantined"

REMEDIES = {
    "implausible_timestamp": "set min_plausible_date to an earlier date, or fix the times",
    "future_timestamp": "fix the times; `timestamps` in load.yml can say how they are written",
    "blank_key": "fill the keys",
    "conflicting_key": "give every row its own key",
    "no_exchange_rate": "add rates to seeds/exchange_rates.csv, or set reporting_currency",
    "already_merged": "keep one link of each merged user; the first one counts",
    "circular_merge": "remove one of the links that form a circle",
    "unreadable": "fix the rows, and load the file again",
}
# The other reasons name a column; these are their beginnings.
OF_COLUMNS = {
    "unknown_": "use the words in the list of the raw schema",
    "out_of_range_": "fix the numbers",
}


def remedy(reason: str) -> str:
    """What to do about a reason of `audit.quarantined_rows`, as the end of a line."""
    found = (told for prefix, told in OF_COLUMNS.items() if reason.startswith(prefix))
    return REMEDIES.get(reason) or next(found, "fix the rows")


def query() -> str:
    """The query for `in_words`, in Postgres and DuckDB."""
    return (
        "select table_name, cast(loaded_at as date), landed_rows, quarantined_rows,"
        " earlier_landed_rows, earlier_quarantined_rate, grown_reason, grown_rows"
        f" from {schema_of('audit')}.quarantined_by_load where is_conspicuous order by 1, 2,"
        " load_id"
    )


def in_words(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """A line for each row that `query` gives."""
    lines = []
    for table, day, landed, quarantined, earlier, earlier_share, reason, grown in rows:
        of_load = f" of the load of {day}" if day else ""
        before = f", against {earlier_share:.1%} in the loads before" if earlier else ""
        place = "rejected_rows" if reason == "unreadable" else "quarantined_rows"
        lines.append(
            f"{table}: {quarantined:,} of {landed:,} rows{of_load} are quarantined and in no"
            f" metric, {quarantined / landed:.1%}{before}; {grown:,} of them as {reason}:"
            f" {remedy(reason)};"
            f" see {schema_of('audit')}.{place}"
        )
    return lines


def told(url: "URL") -> list[str]:
    """The lines about the build in Postgres; none before the first build."""
    from productpulse.database import connect, is_readable

    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        if not is_readable(cursor, schema_of("audit"), "quarantined_by_load"):
            return []
        cursor.execute(query())
        return in_words(cursor.fetchall())
