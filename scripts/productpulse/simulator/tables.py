"""From numpy arrays to Arrow tables with the columns and types of the raw schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.raw_schema import raw_tables
from productpulse.simulator.instants import NEVER

TYPES = {
    "text": pa.string(),
    "timestamptz": pa.timestamp("us", "UTC"),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "numeric(9,4)": pa.decimal128(9, 4),
    "json": pa.string(),
}

Columns = Mapping[str, pa.Array | np.ndarray]


@dataclass(frozen=True)
class Update:
    """Something that happens to rows at the instants `at` (NEVER where it does not).

    Until then the columns named in `before` have the values given there.
    """

    at: np.ndarray
    before: Mapping[str, str | int | None]


@dataclass(frozen=True)
class Rows:
    """Rows of a raw table in their final state, when each arrived, and what happened later."""

    table: pa.Table
    arrived: np.ndarray
    updates: tuple[Update, ...] = ()

    def seen(self, since: int, until: int) -> pa.Table:
        """The rows that arrived or changed in [since, until), as they were just before `until`."""
        fresh = (self.arrived >= since) & (self.arrived < until)
        for update in self.updates:
            fresh |= (update.at >= since) & (update.at < until) & (self.arrived < until)
        seen = self.table
        for update in self.updates:
            if (later := update.at >= until).any():
                for name, value in update.before.items():
                    place = seen.schema.get_field_index(name)
                    column = seen.column(place)
                    before = pc.if_else(pa.array(later), pa.scalar(value, column.type), column)
                    seen = seen.set_column(place, seen.schema.field(place), before)
        return seen if fresh.all() else seen.filter(pa.array(fresh))


def schema(table: str) -> pa.Schema:
    """The schema of a raw table's file: all columns of the raw schema except the loader's."""
    return pa.schema([(c.name, TYPES[c.data_type]) for c in raw_tables()[table].file_columns])


def frame(table: str, columns: Columns) -> pa.Table:
    """A raw table from its columns; numbers under a timestamp are instants, NEVER is null.

    Optional columns that are not given are null.
    """
    arrays = []
    rows = len(next(iter(columns.values())))
    optional = {c.name for c in raw_tables()[table].file_columns if c.presence == "optional"}
    for column in schema(table):
        if column.name in optional - columns.keys():
            arrays.append(pa.nulls(rows, column.type))
            continue
        values = columns[column.name]
        if isinstance(values, np.ndarray) and pa.types.is_timestamp(column.type):
            values = pa.array(values, mask=values == NEVER)
        arrays.append(pa.array(values).cast(column.type))
    return pa.Table.from_arrays(arrays, schema=schema(table))


def keys(
    prefix: str, numbers: np.ndarray, digits: int, missing: np.ndarray | None = None
) -> pa.Array:
    """Texts such as usr_0000042, null where `missing`. Digits are set by column, without a loop."""
    count, width = len(numbers), len(prefix) + digits
    letters = np.empty((count, width), np.uint8)
    letters[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), np.uint8)
    rest = np.asarray(numbers, np.int64)
    for column in range(width - 1, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        letters[:, column] = digit + ord("0")
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    texts = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(letters))
    return texts if missing is None else pc.if_else(pa.array(missing), None, texts)


def hex_keys(prefix: str, of: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Texts such as evt_00ff… of 16 hexadecimal digits from numbers of 64 bits."""
    digits = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)
    width = len(prefix) + 16
    letters = np.empty((len(of), width), np.uint8)
    letters[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), np.uint8)
    each = digits[of.astype(">u8").view(np.uint8).reshape(-1, 8)]
    letters[:, len(prefix) :] = each.view(np.uint8).reshape(-1, 16)
    offsets = np.arange(len(of) + 1, dtype=np.int32) * np.int32(width)
    texts = pa.StringArray.from_buffers(len(of), pa.py_buffer(offsets), pa.py_buffer(letters))
    return texts if missing is None else pc.if_else(pa.array(missing), None, texts)


def account_keys(numbers: np.ndarray) -> pa.Array:
    """Keys of accounts, numbered from 0; null for a negative number."""
    return keys("acc_", np.maximum(numbers, 0) + 1, 6, numbers < 0)


def user_keys(numbers: np.ndarray) -> pa.Array:
    """Keys of users, numbered from 0; null for a negative number."""
    return keys("usr_", np.maximum(numbers, 0) + 1, 7, numbers < 0)


def words(values: Sequence[str], codes: np.ndarray) -> pa.Array:
    """The value at each code; null for a negative one."""
    return pa.array(values, pa.string()).take(pa.array(codes, pa.int64(), mask=codes < 0))
