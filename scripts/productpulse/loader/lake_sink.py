"""Loading into the lake: a folder of Parquet files for each load.

`<lake>/<load_id>/<table>.parquet` holds the rows; `loads.parquet` and `rejected_rows.parquet`
beside them hold what the audit tables hold in Postgres. Files are first written one level deeper,
where `<lake>/*/<table>.parquet` does not find them, and become visible when a folder is renamed.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from productpulse.errors import PulseError
from productpulse.loader.read import Key
from productpulse.loader.stamp import (
    LOADS,
    LOADS_SCHEMA,
    REJECTED_ROWS,
    REJECTED_SCHEMA,
    Known,
    Stamp,
    known,
)
from productpulse.loader.types import arrow_schema
from productpulse.raw_schema import Table

COMPRESSION = "zstd"


@contextmanager
def open_lake() -> Iterator["LakeSink"]:
    """The lake, locked for one load; unfinished files of an earlier load are removed.

    Raises PulseError when another load or build runs, and for errors of the file system.
    """
    from productpulse.database import lake_dir
    from productpulse.lock import hold_lake

    folder = lake_dir()
    try:
        with hold_lake(folder):
            incoming = folder / ".incoming"
            shutil.rmtree(incoming, ignore_errors=True)
            try:
                yield LakeSink(folder, incoming)
            finally:
                shutil.rmtree(incoming, ignore_errors=True)
    except OSError as error:
        raise PulseError(
            f"{error.filename or folder}: {error.strerror or error}: the Parquet copy is not"
            " complete: load again"
        ) from error


class LakeSink:
    """Writes into `incoming`, by load, and moves complete loads into `folder`."""

    name = "lake"

    def __init__(self, folder: Path, incoming: Path) -> None:
        self._folder = folder
        self._incoming = incoming
        self._ledgers: dict[str, list[pa.Table]] = {}
        self._told: dict[Path, list[dict[str, Any]]] = {}
        self._load_id = self._table_name = ""
        self._rows: pq.ParquetWriter | None = None
        self._rejected: pq.ParquetWriter | None = None

    def known(self) -> dict[Key, Known]:
        """The files in the loads.parquet of all folders."""
        return {
            (row["table_name"], row["content_hash"]): known(
                row["load_id"],
                row["loaded_at"],
                row["loaded_rows"],
                # Ledgers of the first versions lack it.
                row.get("column_names"),
                row.get("complete_until"),
            )
            for row in self._entries()
        }

    def origins(self) -> set[str]:
        """The origins that the ledgers name; own where they name none."""
        return {row.get("origin") or "own" for row in self._entries()}

    def begin(self, table: Table, stamp: Stamp) -> None:
        """Open two files for a loaded file: its rows, and its rejected rows."""
        self._load_id, self._table_name = stamp.load_id, table.name
        for path in self._paths():
            path.parent.mkdir(parents=True, exist_ok=True)
        rows, rejected = self._paths()
        self._rows = pq.ParquetWriter(rows, arrow_schema(table.columns), compression=COMPRESSION)
        self._rejected = pq.ParquetWriter(rejected, REJECTED_SCHEMA, compression=COMPRESSION)

    def write(self, rows: pa.Table, rejected: pa.Table) -> None:
        """Write a row group into each."""
        assert self._rows and self._rejected
        for writer, table in ((self._rows, rows), (self._rejected, rejected)):
            if table.num_rows:
                writer.write_table(table)

    def keep(self, ledger: pa.Table) -> None:
        """Close the files, and keep the ledger row."""
        self._close()
        self._ledgers.setdefault(self._load_id, []).append(ledger)

    def drop(self) -> None:
        """Close and remove the files."""
        self._close()
        for path in self._paths():
            path.unlink()

    def tell(self, keys: Collection[Key], complete_until: str) -> None:
        """Keep the new contents of the ledgers that do not say it yet."""
        for path in sorted(self._folder.glob(f"*/{LOADS.name}.parquet")):
            rows = pq.read_table(path).to_pylist()
            silent = [
                row
                for row in rows
                if (row["table_name"], row["content_hash"]) in keys
                and row.get("complete_until") != complete_until
            ]
            for row in silent:
                row["complete_until"] = complete_until
            if silent:
                self._told[path] = rows

    def publish(self) -> None:
        """Complete the folder of each load and move it to its place."""
        for load_id, ledgers in self._ledgers.items():
            folder = self._incoming / load_id
            pq.write_table(
                pa.concat_tables(ledgers, promote_options="none").cast(LOADS_SCHEMA),
                folder / f"{LOADS.name}.parquet",
            )
            _merge(folder / "rejected", folder / f"{REJECTED_ROWS.name}.parquet")
            _to_disk(folder)
            folder.rename(self._free_folder(load_id))
        for path, rows in self._told.items():
            written = self._incoming / "told" / f"{path.parent.name}.parquet"
            written.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows, schema=LOADS_SCHEMA), written)
            written.replace(path)
        _to_disk(self._folder, only_itself=True)

    def _entries(self) -> Iterator[dict[str, Any]]:
        """The rows of all ledgers."""
        for path in sorted(self._folder.glob(f"*/{LOADS.name}.parquet")):
            try:
                yield from pq.read_table(path).to_pylist()
            except pa.ArrowException:
                raise PulseError(
                    f"{path}: this ledger cannot be read: remove {path.parent} and load again"
                ) from None

    def _paths(self) -> tuple[Path, Path]:
        folder = self._incoming / self._load_id
        return (
            folder / f"{self._table_name}.parquet",
            folder / "rejected" / f"{self._table_name}.parquet",
        )

    def _close(self) -> None:
        assert self._rows and self._rejected
        self._rows.close()
        self._rejected.close()

    def _free_folder(self, load_id: str) -> Path:
        """The folder of a load; another one when files of the same load are already here."""
        names = (load_id if n == 1 else f"{load_id}-{n}" for n in count(1))
        return next(self._folder / name for name in names if not (self._folder / name).exists())


def _merge(parts: Path, target: Path) -> None:
    with pq.ParquetWriter(target, REJECTED_SCHEMA, compression=COMPRESSION) as writer:
        for part in sorted(parts.iterdir()):
            with pq.ParquetFile(part, pre_buffer=False) as source:
                for group in range(source.num_row_groups):
                    writer.write_table(source.read_row_group(group))
    shutil.rmtree(parts)


def _to_disk(folder: Path, only_itself: bool = False) -> None:
    """Write the contents to the disk, so that they survive a power cut before others use them."""
    for path in (folder, *(() if only_itself else folder.iterdir())):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
