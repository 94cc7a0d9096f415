"""The truth about dirt: which rows are dirty, and what a warehouse must do with them."""

import numpy as np
import pyarrow as pa

# Why a row must be quarantined; rows of the kinds that are not listed here count.
QUARANTINED = {
    "duplicate": "duplicate_key",
    "duplicate_differs": "conflicting_key",
    "future": "future_timestamp",
    "epoch": "implausible_timestamp",
    "blank_event_id": "blank_key",
    "blank_user_id": "blank_key",
    # The loader rejects these two.
    "broken_json": "not_json",
    "null_event_id": "missing_key",
    "no_exchange_rate": "no_exchange_rate",
}

SCHEMA = pa.schema(
    [
        ("table_name", pa.string()),
        ("row_key", pa.string()),
        ("kind", pa.string()),
        ("is_quarantined", pa.bool_()),
        ("reason", pa.string()),
        ("arrived", pa.int64()),
    ]
)
NONE = SCHEMA.empty_table()


def dirty_rows(
    table: str, keys: pa.Array, which: np.ndarray, kind: str, arrived: np.ndarray | int = 0
) -> pa.Table:
    """One row for each of the keys at `which` (mask or positions); `arrived`: when, as instants."""
    chosen = keys.filter(pa.array(which)) if which.dtype == bool else keys.take(pa.array(which))
    count = len(chosen)
    reason = QUARANTINED.get(kind)
    columns = [
        pa.repeat(table, count),
        chosen,
        pa.repeat(kind, count),
        pa.repeat(reason is not None, count),
        pa.repeat(pa.scalar(reason, pa.string()), count),
        pa.array(np.broadcast_to(arrived, len(keys))[which], pa.int64()),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)
