"""Loads of which far more rows are quarantined than of those before, and what to do about it."""

from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from productpulse.schemas import schema_of

if TYPE_CHECKING:
    from sqlalchemy import URL

TEST = "load_quality__no_load_has_far_more_rows_quarantined"

REMEDIES = {
    "implausible_timestamp": "set min_plausible_date to an earlier date, or mend the times",
    "future_timestamp": "mend the times; how they are written, `timestamps` in load.yml can say",
    "blank_key": "fill the keys",
    "conflicting_key": "give every row a key of its own",
    "no_exchange_rate": "add rates to seeds/exchange_rates.csv, or set reporting_currency",
    "already_merged": "leave one link of each merged user; the first counts",
    "circular_merge": "take out one of the links that lead back to where they began",
    "unreadable": "mend the rows, and load the file again",
}
# Of the others, which name a column, the beginning.
OF_COLUMNS = {
    "unknown_": "use the words that the raw schema lists",
    "out_of_range_": "mend the numbers",
}


def remedy(reason: str) -> str:
    """What may help against a reason of `audit.quarantined_rows`, as the end of a line."""
    found = (told for prefix, told in OF_COLUMNS.items() if reason.startswith(prefix))
    return REMEDIES.get(reason) or next(found, "mend the rows")


def query() -> str:
    """What `in_words` tells, as a query in Postgres and DuckDB."""
    return (
        "select table_name, cast(loaded_at as date), landed_rows, quarantined_rows,"
        " earlier_landed_rows, earlier_quarantined_rate, grown_reason, grown_rows"
        f" from {schema_of('audit')}.quarantined_by_load where is_conspicuous order by 1, 2,"
        " load_id"
    )


def in_words(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """A line for each row that `query` gives."""
    lines = []
    for table, day, landed, apart, earlier, earlier_share, reason, grown in rows:
        of_load = f" of the load of {day}" if day else ""
        before = f", where the loads before had {earlier_share:.1%}" if earlier else ""
        place = "rejected_rows" if reason == "unreadable" else "quarantined_rows"
        lines.append(
            f"{table}: {apart:,} of {landed:,} rows{of_load} are quarantined and count in nothing,"
            f" {apart / landed:.1%}{before}; {grown:,} of them as {reason}: {remedy(reason)};"
            f" see {schema_of('audit')}.{place}"
        )
    return lines


def told(url: "URL") -> list[str]:
    """The lines about what is built in Postgres; none before the first build."""
    from productpulse.database import connect, is_readable

    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        if not is_readable(cursor, schema_of("audit"), "quarantined_by_load"):
            return []
        cursor.execute(query())
        return in_words(cursor.fetchall())
