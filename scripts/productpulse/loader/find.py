"""Which files of a folder are tables, and their bytes."""

import difflib
import gzip
import hashlib
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from productpulse.errors import PulseError
from productpulse.loader.records import FileProblem, one_line
from productpulse.loader.statement import NOTHING, Statement, read_statements
from productpulse.raw_schema import Table

FORMATS: dict[str, Literal["csv", "parquet"]] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "csv",
    ".tsv.gz": "csv",
    ".parquet": "parquet",
}
FORMATS_IN_WORDS = ".csv, .tsv (also with .gz) and .parquet"
# Endings of data files that are not read here. Files with any other ending are not data.
OTHER_DATA = (
    *(".tab", ".txt", ".dat", ".xls", ".xlsx", ".ods", ".jsonl", ".ndjson", ".avro"),
    *(".orc", ".feather", ".arrow", ".pq", ".zip", ".gz", ".bz2", ".xz", ".zst"),
)
HASH_BLOCK = 1 << 20


@dataclass(frozen=True)
class DataFile:
    """A file that holds rows of `table`; `size` in stored bytes; `stated`: what load.yml says of
    it."""

    path: Path
    table: str
    format: Literal["csv", "parquet"]
    size: int
    stated: Statement = NOTHING

    @property
    def name(self) -> str:
        """The name without its folder, safe for a message."""
        return one_line(self.path.name)

    @property
    def unit(self) -> str:
        """What the number of a record counts: lines or rows."""
        return "row" if self.format == "parquet" else "line"


def find_files(directory: Path, tables: Mapping[str, Table]) -> tuple[list[DataFile], list[str]]:
    """The files of `directory` that hold `tables`, in their order, and one line per other file.

    Raises PulseError when the folder does not exist, when nothing in it looks like a table, and
    for a load.yml that cannot be understood.
    """
    try:
        entries = sorted(directory.iterdir())
    except FileNotFoundError:
        raise PulseError(f"{directory}: no such folder: give the folder with your files") from None
    except NotADirectoryError:
        raise PulseError(f"{directory}: this is a file: give the folder that holds it") from None
    except OSError as error:
        raise PulseError(f"{directory}: cannot be read: {error.strerror}") from None

    statements = read_statements(directory, tables)
    candidates: dict[str, list[DataFile]] = defaultdict(list)
    problems = []
    for path in entries:
        if path.name.startswith("."):
            continue
        try:
            file = _as_table(path, tables, statements)
        except FileProblem as problem:
            problems.append(f"{one_line(path.name)}: {problem}")
        else:
            if file:
                candidates[file.table].append(file)
    if not candidates and not problems:
        raise PulseError(
            f"{directory}: no table files here: add users and other tables as {FORMATS_IN_WORDS}"
        )
    for table, files in candidates.items():
        if len(files) > 1:
            names = ", ".join(file.name for file in files)
            problems.append(f"{names}: several files for the table {table}: keep one")
    return [candidates[t][0] for t in tables if len(candidates[t]) == 1], problems


def _as_table(
    path: Path, tables: Mapping[str, Table], statements: Mapping[str, Statement]
) -> DataFile | None:
    """The table that `path` holds; None when it does not look like data."""
    name = path.name.lower()
    suffix = next((s for s in sorted(FORMATS, key=len)[::-1] if name.endswith(s)), None)
    table = name.removesuffix(suffix) if suffix else name.split(".")[0]
    if path.is_dir():
        if suffix or name in tables:
            raise FileProblem(f"a folder: put its rows into one file, {table}.csv or .parquet")
        return None
    if not suffix:
        if table in tables and name.endswith(OTHER_DATA):
            raise FileProblem(f"this format cannot be read: save it as one of {FORMATS_IN_WORDS}")
        return None
    if table not in tables:
        near = difflib.get_close_matches(table, tables, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the tables are {', '.join(tables)}"
        raise FileProblem(f"no table is called {one_line(table)!r}: {hint}")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise FileProblem(f"cannot be read: {error.strerror}: check that it exists") from None
    if not path.is_file():
        raise FileProblem("not a regular file: put the rows into one")
    if size == 0:
        raise FileProblem("empty file: add a header line and rows")
    return DataFile(path, table, FORMATS[suffix], size, statements.get(table, NOTHING))


@contextmanager
def open_bytes(file: DataFile) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The uncompressed bytes, and the stored bytes (their `tell` measures progress).

    Raises FileProblem, also for reads inside the block, for missing rights and damaged files.
    """
    try:
        with file.path.open("rb") as stored:
            if file.path.name.lower().endswith(".gz"):
                with gzip.open(stored) as unpacked:
                    yield unpacked, stored  # type: ignore[misc]
            else:
                yield stored, stored
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileProblem(
            f"damaged or incomplete gzip file ({error}): compress or copy it again"
        ) from None
    except PermissionError:
        raise FileProblem("no permission to read it: change its permissions or its owner") from None
    except OSError as error:
        raise FileProblem(f"cannot be read: {error.strerror or error}: copy it again") from None


def content_hash(file: DataFile, advance: Callable[[float], None]) -> str:
    """SHA-256 in hex of the uncompressed bytes, and of what load.yml states of them, if anything.

    `advance` gets the number of stored bytes that were read.
    """
    digest = hashlib.sha256(file.stated.as_text().encode())
    before = 0
    with open_bytes(file) as (stream, stored):
        while block := stream.read(HASH_BLOCK):
            digest.update(block)
            advance(stored.tell() - before)
            before = stored.tell()
    return digest.hexdigest()
