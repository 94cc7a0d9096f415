"""Write a folder of Parquet files that is either complete or not there at all."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from productpulse.errors import PulseError
from productpulse.loader.origin import MADE_BY, MANIFEST, manifest_of
from productpulse.raw_schema import raw_tables
from productpulse.simulator.tables import schema

TRUTH = "truth"
SMALLEST_ROW_GROUP = 100_000


class Writer:
    """Collects pieces of tables and writes a row group whenever there are enough rows.

    `rows`: of each raw table so far.
    """

    def __init__(self, folder: Path) -> None:
        self.rows = dict.fromkeys(raw_tables(), 0)
        self._folder = folder
        self._waiting: dict[str, list[pa.Table]] = {}
        self._files: dict[str, pq.ParquetWriter] = {}
        (folder / TRUTH).mkdir()
        for name in self.rows:
            self._open(name, schema(name))

    def add(self, name: str, piece: pa.Table) -> None:
        """Append rows to a raw table."""
        self.rows[name] += len(piece)
        self._append(name, piece)

    def add_truth(self, name: str, piece: pa.Table) -> None:
        """Append rows to a table of the truth."""
        place = f"{TRUTH}/{name}"
        if place not in self._files:
            self._open(place, piece.schema)
        self._append(place, piece)

    def _open(self, name: str, columns: pa.Schema) -> None:
        self._waiting[name] = []
        # Every option that decides bytes is given, so that a new default does not change the files.
        self._files[name] = pq.ParquetWriter(
            self._folder / f"{name}.parquet",
            columns,
            version="2.6",
            data_page_version="1.0",
            compression="zstd",
            compression_level=1,
            # Not for values that never repeat: keys, which come first, and instants.
            use_dictionary=[
                field.name for field in list(columns)[1:] if not pa.types.is_timestamp(field.type)
            ],
            write_statistics=True,
        )

    def _append(self, name: str, piece: pa.Table) -> None:
        self._waiting[name].append(piece)
        if sum(len(waiting) for waiting in self._waiting[name]) >= SMALLEST_ROW_GROUP:
            self._flush(name)

    def _flush(self, name: str) -> None:
        if self._waiting[name]:
            table = pa.concat_tables(self._waiting[name]).combine_chunks()
            self._files[name].write_table(table, row_group_size=max(len(table), 1))
            self._waiting[name] = []

    def close(self) -> None:
        """Write what is left and close the files."""
        for name, file in self._files.items():
            self._flush(name)
            file.close()


def _check_replaceable(directory: Path) -> None:
    """Raise PulseError unless `directory` is missing, empty or only an earlier simulation."""
    if not directory.exists():
        return
    if not directory.is_dir():
        raise PulseError(f"{directory}: is a file, not a folder: give another folder as --out")
    names = {path.name for path in directory.iterdir()}
    if not names:
        return
    ours = manifest_of(directory) is not None
    ours_by_name = {MANIFEST, TRUTH} | {f"{name}.parquet" for name in raw_tables()}
    foreign = sorted(names - ours_by_name)
    if not ours:
        raise PulseError(
            f"{directory}: not empty and not an earlier simulation: give another folder as --out"
        )
    if foreign:
        raise PulseError(
            f"{directory}: holds {foreign[0]}, which is not part of a simulation:"
            " give another folder as --out"
        )


@contextmanager
def folder_of_tables(directory: Path, parameters: dict[str, Any]) -> Iterator[Writer]:
    """Give a Writer whose files become `directory` in one rename when everything succeeds.

    Raises PulseError when `directory` may not be replaced or cannot be written.
    """
    directory = directory.resolve()
    with _alone_in(directory.parent):
        yield from _written(directory, parameters)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other simulations out of a folder; the lock ends with the process, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise PulseError(
            f"{folder}: cannot be written ({error.strerror or error}): give another folder as --out"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise PulseError(
            f"{folder}: another simulation is writing here: wait until it ends"
        ) from error
    else:
        yield
    finally:
        os.close(handle)


def _written(directory: Path, parameters: dict[str, Any]) -> Iterator[Writer]:
    partial = directory.parent / f".{directory.name}.partial"
    replaced = directory.parent / f".{directory.name}.replaced"
    try:
        _check_replaceable(directory)
        for left_over in (partial, replaced):
            shutil.rmtree(left_over, ignore_errors=True)
        partial.mkdir()
        writer = Writer(partial)
        try:
            yield writer
        finally:
            writer.close()
        about = {"made_by": MADE_BY, "parameters": parameters, "rows": writer.rows}
        text = json.dumps(about, indent=2, sort_keys=True) + "\n"
        (partial / MANIFEST).write_text(text, encoding="utf-8")
        if directory.exists():
            directory.rename(replaced)
        try:
            partial.rename(directory)
        except BaseException:
            if replaced.exists():
                replaced.rename(directory)
            raise
    except OSError as error:
        raise PulseError(
            f"{directory}: cannot be written ({error.strerror or error}):"
            " give another folder as --out"
        ) from error
    finally:
        for left_over in (partial, replaced):
            shutil.rmtree(left_over, ignore_errors=True)
