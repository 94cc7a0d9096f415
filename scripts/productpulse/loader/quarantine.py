"""Tell in advance which of the loaded rows staging will quarantine.

The rules and their order are the same, except for those that need other files: duplicates and the
as-of date.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.currencies import rated
from productpulse.loader.records import shown
from productpulse.loader.spellings import CURRENCY
from productpulse.loader.timestamps import EPOCH, MICROSECOND
from productpulse.loader.types import INFINITY
from productpulse.raw_schema import Column, Table

MOST_MINOR_UNITS = 10**15


@dataclass(frozen=True)
class Unusable:
    """`rows` rows with one reason, as in `audit.quarantined_rows`; `first`: place of the first one
    in the chunk; `words`: its reason in words."""

    reason: str
    rows: int
    first: int
    words: str


@dataclass(frozen=True)
class _Rule:
    """`wrong` describes a value of `column`; `is_broken`: per row, whether the rule is broken."""

    reason: str
    column: str
    wrong: str
    is_broken: pa.Array


def find(
    columns: Mapping[str, pa.Array],
    table: Table,
    is_rejected: np.ndarray,
    now: datetime,
    variables: Mapping[str, Any],
) -> list[Unusable]:
    """Which of the rows not rejected will be quarantined, each for the first reason that applies.

    `variables`: the parameters of the build, all of them.
    """
    is_settled = is_rejected.copy()
    found = []
    for rule in _rules(columns, table, now, variables):
        is_new = rule.is_broken.fill_null(False).to_numpy(zero_copy_only=False) & ~is_settled
        if is_new.any():
            first = int(np.argmax(is_new))
            value = columns[rule.column][first]
            words = f"{rule.column} {_shown(value)} {rule.wrong}"
            found.append(Unusable(rule.reason, int(is_new.sum()), first, words))
            is_settled |= is_new
    return found


def _rules(
    columns: Mapping[str, pa.Array], table: Table, now: datetime, variables: Mapping[str, Any]
) -> Iterator[_Rule]:
    for name in table.needed_ids:
        if (is_blank := _is_blank(columns[name])) is not None:
            yield _Rule("blank_key", name, "is blank", is_blank)
    if table.any_id:
        yield _Rule("blank_key", table.any_id[0], _without_id(table), _lacks_id(columns, table))
    yield from _about_time(columns[table.happened_at], table.happened_at, now, variables)
    limited = [column for column in table.file_columns if column.name in columns]
    for column in limited:
        if column.accepted_values:
            yield _outside_list(columns[column.name], column)
    for column in limited:
        yield from _out_of_bounds(columns[column.name], column)
    if table.name == "subscription_changes":
        yield _too_dear(columns)
    if CURRENCY in columns:
        yield _without_rate(columns[CURRENCY], variables)


def _is_blank(texts: pa.Array) -> pa.Array | None:
    """Whether texts consist of spaces only; None when none of them can."""
    begins = pc.or_kleene(pc.starts_with(texts, " "), pc.equal(pc.binary_length(texts), 0))
    if not pc.any(begins).as_py():
        return None
    return pc.equal(pc.utf8_trim(texts, " "), "")


def _lacks_id(columns: Mapping[str, pa.Array], table: Table) -> pa.Array:
    lacks_id: pa.Array | None = None
    for name in table.any_id:
        texts = columns[name]
        is_blank = _is_blank(texts)
        is_empty = texts.is_null() if is_blank is None else is_blank.fill_null(True)
        lacks_id = is_empty if lacks_id is None else pc.and_(lacks_id, is_empty)
    return lacks_id


def _without_id(table: Table) -> str:
    return "is empty" if len(table.any_id) == 1 else f"is empty, and so is {table.any_id[1]}"


def _about_time(
    moments: pa.Array, name: str, now: datetime, variables: Mapping[str, Any]
) -> Iterator[_Rule]:
    first_day = str(variables["min_plausible_date"])
    midnight = datetime.combine(datetime.fromisoformat(first_day), time())
    earliest = _micros(midnight.replace(tzinfo=ZoneInfo(variables["reporting_timezone"])))
    latest = _micros(now + timedelta(minutes=variables["future_skew_minutes"]))
    ticks = moments.cast(pa.int64())
    bounds = pc.min_max(ticks).as_py()
    if bounds["min"] is None or (bounds["min"] >= earliest and bounds["max"] <= latest):
        return
    wrong = f"is before {first_day}, the var min_plausible_date"
    is_endless = pc.or_(pc.equal(ticks, INFINITY), pc.equal(ticks, -INFINITY))
    yield _Rule("implausible_timestamp", name, "is not a moment", is_endless)
    yield _Rule("implausible_timestamp", name, wrong, pc.less(ticks, earliest))
    yield _Rule("future_timestamp", name, "is in the future", pc.greater(ticks, latest))


def _outside_list(texts: pa.Array, column: Column) -> _Rule:
    known = pa.array(column.accepted_values, pa.string())
    wrong = f"is not one of {', '.join(column.accepted_values)}"
    is_unknown = pc.invert(pc.is_in(texts, known))
    return _Rule(f"unknown_{column.name}", column.name, wrong, is_unknown)


def _out_of_bounds(numbers: pa.Array, column: Column) -> Iterator[_Rule]:
    reason = f"out_of_range_{column.name}"
    if column.lowest is not None:
        wrong = f"is below {column.lowest}"
        yield _Rule(reason, column.name, wrong, pc.less(numbers, column.lowest))
    if column.highest is not None:
        wrong = f"is above {column.highest}"
        yield _Rule(reason, column.name, wrong, pc.greater(numbers, column.highest))


def _too_dear(columns: Mapping[str, pa.Array]) -> _Rule:
    price = pc.multiply(
        *(columns[n].cast(pa.float64(), safe=False) for n in ("quantity", "unit_amount"))
    )
    wrong = "times quantity is more than a subscription may cost"
    is_broken = pc.greater(price, MOST_MINOR_UNITS)
    return _Rule("out_of_range_unit_amount", "unit_amount", wrong, is_broken)


def _without_rate(codes: pa.Array, variables: Mapping[str, Any]) -> _Rule:
    known = pa.array([*rated(), variables["reporting_currency"]], pa.string())
    wrong = "has no exchange rate in the seed exchange_rates"
    is_broken = pc.invert(pc.is_in(pc.utf8_upper(codes), known))
    return _Rule("no_exchange_rate", CURRENCY, wrong, is_broken)


def _shown(value: pa.Scalar) -> str:
    if pa.types.is_timestamp(value.type):
        ticks = value.cast(pa.int64()).as_py()
        if abs(ticks) == INFINITY:
            return "infinity" if ticks > 0 else "-infinity"
        return f"{value.as_py():%Y-%m-%d %H:%M:%S}"
    told = value.as_py()
    if told is None:
        return ""
    return shown(told) if isinstance(told, str) else f"{told}"


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
