"""Which rows of a chunk are taken, and why the others are not."""

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.loader.coerce import coerce
from productpulse.loader.records import Chunk, Rejected
from productpulse.loader.types import arrow_type
from productpulse.raw_schema import Table


@dataclass(frozen=True)
class Judged:
    """`rows`: those taken, with all columns that files have; `rejected` in the file's order."""

    rows: pa.Table
    rejected: list[Rejected]


def judge(chunk: Chunk, table: Table) -> Judged:
    """Bring `chunk` to the types of `table`; a row with faults is set apart with all of them."""
    reasons: dict[int, list[str]] = defaultdict(list)
    columns: dict[str, pa.Array] = {}
    faulty: dict[str, set[int]] = {}
    for column in table.file_columns:
        if column.name not in chunk.columns:
            columns[column.name] = pa.nulls(chunk.row_count, arrow_type(column.data_type))
            continue
        columns[column.name], faults = coerce(chunk.columns[column.name], column)
        faulty[column.name] = {row for row, _ in faults}
        for row, reason in faults:
            reasons[row].append(reason)
        if column.presence == "required":
            _note_missing((column.name,), columns, faulty, reasons)
    if table.one_of:
        _note_missing(table.one_of, columns, faulty, reasons)

    rows = pa.table(columns)
    rejected = list(chunk.unreadable)
    if reasons:
        is_taken = np.ones(chunk.row_count, bool)
        is_taken[list(reasons)] = False
        rows = rows.filter(pa.array(is_taken))
        rejected += [
            Rejected(*chunk.locate(row), reason="; ".join(found)) for row, found in reasons.items()
        ]
    return Judged(rows, sorted(rejected, key=lambda record: record.line_number))


def _note_missing(
    names: tuple[str, ...],
    columns: dict[str, pa.Array],
    faulty: dict[str, set[int]],
    reasons: dict[int, list[str]],
) -> None:
    """A reason for each row in which all of `names` are empty, and not only because unreadable."""
    is_empty = reduce(pc.and_, (columns[name].is_null() for name in names))
    blamed = set().union(*(faulty.get(name, ()) for name in names))
    for row in pc.indices_nonzero(is_empty).to_pylist():
        if row not in blamed:
            reasons[row].append(f"missing {' or '.join(names)}")
