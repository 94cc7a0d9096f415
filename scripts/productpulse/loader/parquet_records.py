"""Parquet, read in batches of rows that fit into bounded memory."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from productpulse.loader.find import DataFile, open_bytes
from productpulse.loader.layout import Layout, lay_out
from productpulse.loader.plain import plain
from productpulse.loader.records import Chunk, FileProblem, storable
from productpulse.loader.text_form import text_form
from productpulse.raw_schema import Table

BATCH_ROWS = 1 << 16
BATCH_BYTES = 16 << 20
SAMPLE_ROWS = 200


def read_header(file: DataFile, table: Table) -> Layout:
    """The columns of a Parquet file. Raises FileProblem for another format or another table."""
    with _open(file) as parquet:
        return lay_out(table, parquet.schema_arrow.names, lambda: _first_rows(parquet))


def read_chunks(file: DataFile, table: Table) -> Iterator[Chunk]:
    """The rows, some 64 thousand (or 16 MiB) at a time. Raises FileProblem."""
    with _open(file) as parquet:
        names = parquet.schema_arrow.names
        wanted = {names[at]: name for name, at in lay_out(table, names).positions.items()}
        row_count = parquet.metadata.num_rows
        first = 1
        for batch in parquet.iter_batches(_batch_rows(parquet.metadata), columns=list(wanted)):
            yield _chunk(batch, wanted, first, int(file.size * first / max(row_count, 1)))
            first += batch.num_rows


@contextmanager
def _open(file: DataFile) -> Iterator[pq.ParquetFile]:
    with open_bytes(file) as (_, stored):
        try:
            # Without a small buffer, a whole row group is held in memory with the batch.
            with pq.ParquetFile(
                stored, buffer_size=1 << 20, pre_buffer=False, page_checksum_verification=True
            ) as parquet:
                yield parquet
        except (pa.ArrowException, OSError) as error:
            detail = str(error).splitlines()[0][:100]
            raise FileProblem(f"not a readable Parquet file ({detail}): write it again") from None


def _first_rows(parquet: pq.ParquetFile) -> list[Sequence[str]]:
    """The first rows as texts; null is empty."""
    batch = next(parquet.iter_batches(min(SAMPLE_ROWS, _batch_rows(parquet.metadata))), None)
    if batch is None:
        return []
    columns = [text_form(column, "")[0].fill_null("").to_pylist() for column in batch.columns]
    return list(zip(*columns, strict=True))


def _batch_rows(metadata: pq.FileMetaData) -> int:
    stored = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    row_bytes = max(1, stored // max(1, metadata.num_rows))
    return max(1, min(BATCH_ROWS, BATCH_BYTES // row_bytes))


def _chunk(batch: pa.RecordBatch, wanted: dict[str, str], first: int, position: int) -> Chunk:
    def locate(row: int) -> tuple[int, str]:
        cells = {name: _shown(batch.column(name)[row]) for name in batch.schema.names}
        return first + row, storable(json.dumps(cells, ensure_ascii=False))

    return Chunk(
        columns={name: batch.column(stored) for stored, name in wanted.items()},
        row_count=batch.num_rows,
        locate=locate,
        unreadable=[],
        position=position,
    )


def _shown(cell: pa.Scalar) -> Any:
    try:
        return plain(cell.as_py())
    except (ValueError, OverflowError, pa.ArrowException):
        # A timestamp beyond what Python can hold.
        return str(cell.cast(pa.int64()).as_py()) if pa.types.is_temporal(cell.type) else str(cell)
