"""Writing a file into the places that lack it, and what these places have in common."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

import pyarrow as pa

from productpulse.loader.read import Key
from productpulse.loader.records import FileProblem
from productpulse.loader.stamp import Known, Stamp
from productpulse.raw_schema import Table


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


def write(
    batches: Iterable[tuple[pa.Table, pa.Table]],
    ledger: Callable[[], pa.Table],
    table: Table,
    stamp: Stamp,
    sinks: Sequence[Sink],
) -> None:
    """Write rows and rows rejected of one file into `sinks`, and at its end the row of the ledger.

    Raises FileProblem when the file turns out unreadable; nothing of it stays then.
    """
    for sink in sinks:
        sink.begin(table, stamp)
    try:
        for rows, rejected in batches:
            for sink in sinks:
                sink.write(rows, rejected)
    except FileProblem:
        for sink in sinks:
            sink.drop()
        raise
    row = ledger()
    for sink in sinks:
        sink.keep(row)
