"""The load of each row, and the columns of the audit tables, in Postgres and in the lake."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from productpulse.loader.classify import Classified
from productpulse.loader.origin import Origin
from productpulse.loader.read import Candidate, Key
from productpulse.loader.records import Rejected
from productpulse.loader.report import FileReport, LoadReport
from productpulse.loader.types import arrow_schema
from productpulse.raw_schema import Column, Table


def _audit(name: str, description: str, **columns: str) -> Table:
    declared = tuple(Column(column, kind, "loader") for column, kind in columns.items())
    return Table(name=name, columns=declared, key=(), one_of=(), description=description)


LOADS = _audit(
    "loads",
    "One row per file loaded.",
    load_id="text",
    table_name="text",
    file_name="text",
    content_hash="text",
    landed_rows="bigint",
    loaded_rows="bigint",
    rejected_rows="bigint",
    loaded_at="timestamptz",
    column_names="text",
    complete_until="text",
    origin="text",
)
REJECTED_ROWS = _audit(
    "rejected_rows",
    "One row per row of a file that could not be read.",
    load_id="text",
    table_name="text",
    file_name="text",
    line_number="bigint",
    raw_text="text",
    reason="text",
    loaded_at="timestamptz",
)
LOADS_SCHEMA = arrow_schema(LOADS.columns)
REJECTED_SCHEMA = arrow_schema(REJECTED_ROWS.columns)

SEPARATOR = ","  # Separates column names; no name of the raw schema contains it.


@dataclass(frozen=True)
class Stamp:
    """What is written on every row of a load; `loaded_at` in UTC.

    `complete_until`: what the ledger rows of the load say, from `told_until`.
    """

    load_id: str
    loaded_at: datetime
    complete_until: str | None = None


@dataclass(frozen=True)
class Known:
    """A file in a ledger. `columns`: its columns of the raw schema, where they were recorded."""

    stamp: Stamp
    loaded_rows: int
    columns: tuple[str, ...]


def known(
    load_id: str,
    loaded_at: datetime,
    loaded_rows: int,
    column_names: str | None,
    complete_until: str | None,
) -> Known:
    """A file, from its row of LOADS."""
    columns = tuple(column_names.split(SEPARATOR)) if column_names else ()
    return Known(Stamp(load_id, loaded_at, complete_until), loaded_rows, columns)


def stamps_of(
    keys: list[Key], ledgers: list[dict[Key, Known]], now: datetime, report: LoadReport
) -> dict[Key, Stamp]:
    """The stamp for each file: from the sink that already has the file, otherwise a new one."""
    stamps = {key: ledger[key].stamp for ledger in ledgers for key in keys if key in ledger}
    if report.complete_until:
        stamps = {
            key: replace(stamp, complete_until=report.complete_until)
            for key, stamp in stamps.items()
        }
    new = sorted(key for key in keys if key not in stamps)
    if new:
        pairs = "\n".join(" ".join(key) for key in new)
        load_id = hashlib.sha256(pairs.encode()).hexdigest()[:16]
        stamp = Stamp(load_id, now, report.complete_until)
        stamps |= dict.fromkeys(new, stamp)
        if not report.is_check:
            report.load_id, report.loaded_at = stamp.load_id, stamp.loaded_at
    return stamps


def stamped(
    classified: Iterable[Classified], candidate: Candidate, stamp: Stamp
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Rows and rejected rows of a file, in the schemas of its table and of REJECTED_ROWS."""
    for found in classified:
        rows = _with_stamp(found.rows, candidate.table, stamp)
        yield rows, _rejected(found.rejected, candidate, stamp)


def _with_stamp(rows: pa.Table, table: Table, stamp: Stamp) -> pa.Table:
    """`rows` with the columns that the loader sets, in the order of the raw schema."""
    schema = arrow_schema(table.columns)
    constants = {"loaded_at": stamp.loaded_at, "load_id": stamp.load_id}
    for name, value in constants.items():
        column = pa.repeat(pa.scalar(value, schema.field(name).type), rows.num_rows)
        rows = rows.append_column(name, column)
    return rows.select(schema.names).cast(schema)


def _rejected(records: list[Rejected], candidate: Candidate, stamp: Stamp) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "load_id": stamp.load_id,
                "table_name": candidate.table.name,
                "file_name": candidate.file.name,
                "line_number": record.line_number,
                "raw_text": record.raw_text,
                "reason": record.reason,
                "loaded_at": stamp.loaded_at,
            }
            for record in records
        ],
        schema=REJECTED_SCHEMA,
    )


def ledger_row(candidate: Candidate, stamp: Stamp, done: FileReport, origin: Origin) -> pa.Table:
    """The row of LOADS for a file that has been read to its end."""
    row = {
        "load_id": stamp.load_id,
        "table_name": candidate.table.name,
        "file_name": candidate.file.name,
        "content_hash": candidate.content_hash,
        "landed_rows": done.landed_rows,
        "loaded_rows": done.loaded_rows,
        "rejected_rows": done.rejected_rows,
        "loaded_at": stamp.loaded_at,
        "column_names": SEPARATOR.join(candidate.layout.positions),
        "complete_until": stamp.complete_until,
        "origin": origin,
    }
    return pa.Table.from_pylist([row], schema=LOADS_SCHEMA)
