"""The input of the oracle: raw rows, reference rows and parameters."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from productpulse.raw_schema import raw_tables

Row = dict[str, Any]
Raw = dict[str, list[Row]]
Reference = dict[str, list[Row]]

# Stand-ins for the database's infinities, which no datetime can hold.
INFINITY = datetime.max.replace(tzinfo=UTC)
MINUS_INFINITY = datetime.min.replace(tzinfo=UTC)

# How the infinities are written to Parquet: microseconds at the ends of a 64-bit integer.
INFINITY_MICROSECONDS = 2**63 - 1

# The load time of rows from files; after everything that can have happened in them.
LOADED_AT = datetime(2030, 1, 1, tzinfo=UTC)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Params:
    """The dbt vars, with their defaults."""

    reporting_timezone: str = "UTC"
    reporting_currency: str = "USD"
    week_start: str = "monday"
    as_of_date: date | None = None
    complete_until: str | None = None
    fiscal_year_start_month: int = 1
    min_plausible_date: date = date(2000, 1, 1)
    future_skew_minutes: int = 5
    unknown_events_are_activity: bool = True
    events_link_devices: bool = True
    include_internal_users: bool = False
    include_deleted_users: bool = False
    mau_window_days: int = 28
    session_gap_minutes: int = 30
    use_source_sessions: bool = False
    journey_max_steps: int = 8
    retention_max_day: int = 90
    unbounded_horizon_periods: int = 0
    mrr_statuses: tuple[str, ...] = ("active", "past_due")
    past_due_grace_days: int = 30
    cancel_policy: str = "effective"
    discount_policy: str = "while_it_lasts"
    fx_policy: str = "month_rate"
    refund_policy: str = "none"
    gross_margin_rate: Decimal = Decimal("0.8")
    ltv_cap_months: int = 60
    experiment_alpha: float = 0.05
    experiment_power: float = 0.8
    cuped_pre_days: int = 28
    srm_alpha: float = 0.001
    churn_horizon_months: int = 1
    rule_min_churns: int = 10
    rule_min_lift: float = 1.5
    churn_rule_weights: str = "proven"
    signal_memory_days: int = 90
    rfm_window_days: int = 0
    scenario_base_months: int = 3


def in_turn(key: str, number: int | None = None) -> tuple[bool, int, int, str]:
    """Sorts what happened at one moment: by the source's number, then by ids with their numbers
    in order, row-9 before row-10."""
    return number is None, number or 0, len(key), key


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970; infinities are the ends of the range."""
    if moment == INFINITY:
        return INFINITY_MICROSECONDS
    if moment == MINUS_INFINITY:
        return -INFINITY_MICROSECONDS
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The inverse of `to_microseconds`; a value beyond a datetime is an infinity."""
    try:
        return _EPOCH + value * _MICROSECOND
    except OverflowError:
        return INFINITY if value > 0 else MINUS_INFINITY


def read_raw(directory: Path, loaded_at: datetime = LOADED_AT) -> Raw:
    """All raw tables from `<table>.parquet` files; missing ones are empty, missing columns null.

    Files without `loaded_at` get the given one on every row.
    """
    raw: Raw = {}
    for name, table in raw_tables().items():
        path = directory / f"{name}.parquet"
        found = pq.read_table(path) if path.is_file() else pa.table({})
        columns = {c: _values(found[c]) for c in found.column_names}
        columns.setdefault("loaded_at", [loaded_at] * found.num_rows)
        names = [column.name for column in table.file_columns] + ["loaded_at"]
        nothing = [None] * found.num_rows
        raw[name] = [
            dict(zip(names, values, strict=True))
            for values in zip(*(columns.get(c, nothing) for c in names), strict=True)
        ]
    return raw


def _values(column: pa.ChunkedArray) -> list[Any]:
    if not pa.types.is_timestamp(column.type):
        return list(column.to_pylist())
    whole = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64()).to_pylist()
    return [None if value is None else from_microseconds(value) for value in whole]


def read_reference(directory: Path) -> Reference:
    """All seeds of a folder by file name, cells as text, empty cells as None."""
    reference: Reference = {}
    for path in sorted(directory.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as lines:
            reference[path.stem] = [
                {name: value or None for name, value in row.items()}
                for row in csv.DictReader(lines)
            ]
    return reference
