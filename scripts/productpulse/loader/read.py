"""Read a file of any format: first its header, then its records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from productpulse.console import Step
from productpulse.loader import csv_records, parquet_records
from productpulse.loader.find import DataFile, content_hash
from productpulse.loader.layout import Layout
from productpulse.loader.records import Chunk, FileProblem
from productpulse.raw_schema import Table, raw_tables

Key = tuple[str, str]  # table name, content hash

READERS = {"csv": csv_records, "parquet": parquet_records}


@dataclass(frozen=True)
class Candidate:
    """A file that can be loaded, as far as its header shows."""

    file: DataFile
    table: Table
    layout: Layout
    content_hash: str
    modified_ns: int

    @property
    def key(self) -> Key:
        """The key of the file in the ledgers."""
        return self.table.name, self.content_hash


def inspect(files: Sequence[DataFile], problems: list[str], progress: Step) -> list[Candidate]:
    """Read headers and hashes; faults of a whole file go into `problems`."""
    return [c for file in files if (c := _inspect(file, problems, progress))]


def _inspect(file: DataFile, problems: list[str], progress: Step) -> Candidate | None:
    table = raw_tables()[file.table]
    try:
        modified_ns = file.path.stat().st_mtime_ns
        layout = READERS[file.format].read_header(file, table)
        digest = content_hash(file, lambda read: progress.advance(read, note=file.name))
    except OSError as error:
        problems.append(f"{file.name}: cannot be read: {error.strerror}: copy it again")
    except FileProblem as problem:
        problems.append(f"{file.name}: {problem}")
    else:
        return Candidate(file, table, layout, digest, modified_ns)
    return None


def read(candidate: Candidate, progress: Step) -> Iterator[Chunk]:
    """A file chunk by chunk. Raises FileProblem when it turns out to be unreadable."""
    file, done = candidate.file, 0
    for chunk in READERS[file.format].read_chunks(file, candidate.table):
        yield chunk
        progress.advance(chunk.position - done, note=file.name)
        done = chunk.position
    _refuse_changed(candidate)
    progress.advance(file.size - done)


def _refuse_changed(candidate: Candidate) -> None:
    """Raise FileProblem when the rows are not those of the hash that the ledger will record."""
    try:
        is_same = candidate.file.path.stat().st_mtime_ns == candidate.modified_ns
    except OSError:
        is_same = False
    if not is_same:
        raise FileProblem("changed while it was read: load it again when it is complete")
