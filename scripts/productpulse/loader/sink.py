"""What the places that rows are loaded into have in common: their ledger and the audit tables."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

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

SEPARATOR = ","  # Of column names; no name of the raw schema has one.

Key = tuple[str, str]  # table name, content hash


@dataclass(frozen=True)
class Stamp:
    """What is written on every row of a load; `loaded_at` in UTC.

    `complete_until`: what its ledger rows say of the load, as `told_until` gives it.
    """

    load_id: str
    loaded_at: datetime
    complete_until: str | None = None


@dataclass(frozen=True)
class Known:
    """A file that a ledger has. `columns`: those of the raw schema in it, where that was noted."""

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
    """A file as its row of LOADS tells of it."""
    columns = tuple(column_names.split(SEPARATOR)) if column_names else ()
    return Known(Stamp(load_id, loaded_at, complete_until), loaded_rows, columns)


class Sink(Protocol):
    """A place to load into. Nothing is seen by others before `publish`."""

    name: str

    def known(self) -> dict[Key, Known]:
        """The files that this place has."""

    def origins(self) -> set[str]:
        """Whose data this place holds; what no ledger tells of counts as own."""

    def begin(self, table: Table, stamp: Stamp) -> None:
        """A file begins."""

    def write(self, rows: pa.Table, rejected: pa.Table) -> None:
        """Rows of the file that has begun, in the schemas of its table and of REJECTED_ROWS."""

    def keep(self, ledger: pa.Table) -> None:
        """The file has ended well; `ledger`: its one row of LOADS."""

    def drop(self) -> None:
        """The file has turned out unreadable: forget what was written of it."""

    def tell(self, keys: Collection[Key], complete_until: str) -> None:
        """Of files that this place has: say until when the load they came with is complete."""

    def publish(self) -> None:
        """Make everything kept visible at once."""
