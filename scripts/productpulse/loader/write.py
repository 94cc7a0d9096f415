"""Write a file into the sinks that lack it, and what all sinks have in common."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

import pyarrow as pa

from productpulse.loader.read import Key
from productpulse.loader.records import FileProblem
from productpulse.loader.stamp import Known, Stamp
from productpulse.raw_schema import Table


class Sink(Protocol):
    """A place to load into. Others see nothing before `publish`."""

    name: str

    def known(self) -> dict[Key, Known]:
        """The files that this sink has."""

    def origins(self) -> set[str]:
        """The origins of the data in this sink; data that no ledger names count as own."""

    def begin(self, table: Table, stamp: Stamp) -> None:
        """Begin a file."""

    def write(self, rows: pa.Table, rejected: pa.Table) -> None:
        """Add rows of the present file, in the schemas of its table and of REJECTED_ROWS."""

    def keep(self, ledger: pa.Table) -> None:
        """End the file successfully; `ledger`: its one row of LOADS."""

    def drop(self) -> None:
        """Drop what was written of the file, which turned out to be unreadable."""

    def tell(self, keys: Collection[Key], complete_until: str) -> None:
        """Record until when the load of files that this sink has is complete."""

    def publish(self) -> None:
        """Make everything that is kept visible at once."""


def write(
    batches: Iterable[tuple[pa.Table, pa.Table]],
    ledger: Callable[[], pa.Table],
    table: Table,
    stamp: Stamp,
    sinks: Sequence[Sink],
) -> None:
    """Write the rows and rejected rows of one file into `sinks`, and finally its ledger row.

    Raises FileProblem when the file turns out to be unreadable; nothing of it stays then.
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
