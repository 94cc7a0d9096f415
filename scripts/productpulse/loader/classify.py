"""Which rows of a chunk are loaded, and why the others are rejected."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.loader.coerce import coerce
from productpulse.loader.money import coerce_money
from productpulse.loader.quarantine import Unusable, find
from productpulse.loader.records import Chunk, Rejected
from productpulse.loader.report import EXAMPLES, FileReport, Quarantined, Reading
from productpulse.loader.spellings import CURRENCY, Readings, is_closed, settle
from productpulse.loader.statement import NOTHING, Statement
from productpulse.loader.types import arrow_type
from productpulse.raw_schema import Table
from productpulse.settings import project_vars


@dataclass(frozen=True)
class Classified:
    """`rows`: those loaded, with all columns that files have; `rejected` in the file's order.

    `unusable`: what staging will quarantine of `rows`. `readings`: words read as other words.
    """

    rows: pa.Table
    rejected: list[Rejected]
    unusable: list[Unusable]
    readings: Readings


def classify(
    chunk: Chunk,
    table: Table,
    stated: Statement = NOTHING,
    variables: Mapping[str, Any] | None = None,
) -> Classified:
    """Convert `chunk` to the types of `table`; a row with faults is rejected with all of them.

    `variables`: the parameters of the build; by default those of the project.
    """
    reasons: dict[int, list[str]] = defaultdict(list)
    columns: dict[str, pa.Array] = {}
    faulty: dict[str, set[int]] = {}
    readings: Readings = Counter()
    # The meaning of an amount depends on its currency.
    for column in sorted(table.file_columns, key=lambda column: column.is_money):
        if column.name not in chunk.columns:
            columns[column.name] = pa.nulls(chunk.row_count, arrow_type(column.data_type))
            continue
        values = chunk.columns[column.name]
        if column.is_money:
            columns[column.name], faults = coerce_money(values, columns[CURRENCY], column, stated)
        else:
            columns[column.name], faults = coerce(values, column, stated)
        if is_closed(column):
            columns[column.name], read = settle(columns[column.name], column)
            readings += read
        faulty[column.name] = {row for row, _ in faults}
        for row, reason in faults:
            reasons[row].append(reason)
        if column.presence == "required":
            _note_missing((column.name,), columns, faulty, reasons)
    if table.one_of:
        _note_missing(table.one_of, columns, faulty, reasons)

    rows = pa.table(columns)
    rejected = list(chunk.unreadable)
    is_rejected = np.zeros(chunk.row_count, bool)
    is_rejected[list(reasons)] = True
    known = project_vars() if variables is None else variables
    unusable = find(columns, table, is_rejected, datetime.now(UTC), known)
    if reasons:
        rows = rows.filter(pa.array(~is_rejected))
        rejected += [
            Rejected(*chunk.locate(row), reason="; ".join(found)) for row, found in reasons.items()
        ]
    rejected.sort(key=lambda record: record.line_number)
    return Classified(rows, rejected, unusable, readings)


def classified(
    chunks: Iterable[Chunk],
    table: Table,
    stated: Statement,
    variables: Mapping[str, Any],
    done: FileReport,
) -> Iterator[Classified]:
    """Classify all chunks of a file; the findings are added up in `done`."""
    readings: Readings = Counter()
    for chunk in chunks:
        found = classify(chunk, table, stated, variables)
        done.loaded_rows += found.rows.num_rows
        done.rejected_rows += len(found.rejected)
        room = EXAMPLES - len(done.examples)
        done.examples += [(r.line_number, r.reason) for r in found.rejected[:room]]
        readings += found.readings
        for unusable in found.unusable:
            _count_unusable(done, unusable, chunk)
        yield found
    done.readings = [Reading(*words, rows) for words, rows in readings.most_common()]


def _count_unusable(done: FileReport, unusable: Unusable, chunk: Chunk) -> None:
    """Add the findings of a chunk to those of the file."""
    for known_one in done.quarantined:
        if known_one.reason == unusable.reason:
            known_one.rows += unusable.rows
            return
    line, _ = chunk.locate(unusable.first)
    done.quarantined.append(Quarantined(unusable.reason, unusable.rows, line, unusable.words))


def _note_missing(
    names: tuple[str, ...],
    columns: dict[str, pa.Array],
    faulty: dict[str, set[int]],
    reasons: dict[int, list[str]],
) -> None:
    """A reason for each row in which all of `names` are empty, not counting unreadable values."""
    is_empty = reduce(pc.and_, (columns[name].is_null() for name in names))
    blamed = set().union(*(faulty.get(name, ()) for name in names))
    for row in pc.indices_nonzero(is_empty).to_pylist():
        if row not in blamed:
            reasons[row].append(f"missing {' or '.join(names)}")
