"""Arrays of instants and days: calendars, local time, billing periods. Days count from 1970."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from productpulse.simulator.instants import DAY, HOUR, SECOND

# How likely a working person starts something at each hour of the local day.
HOUR_WEIGHTS = np.array(
    [1, 1, 1, 1, 1, 2, 5, 12, 30, 42, 40, 36, 26, 32, 40, 38, 34, 28, 18, 12, 9, 7, 4, 2], float
)


def weekdays(first_day: int, days: int) -> np.ndarray:
    """Weekday of each of `days` days from day number `first_day` on; Monday is 0."""
    return (first_day + np.arange(days) + 3) % 7


def months(first_day: int, days: int) -> np.ndarray:
    """Month of the year of each day; January is 0."""
    dates = np.arange(first_day, first_day + days).astype("M8[D]")
    return dates.astype("M8[M]").astype(np.int64) % 12


def utc_offsets(zones: list[str], first_day: int, days: int) -> np.ndarray:
    """Offset from UTC at noon, in microseconds: one row per zone, one column per local day."""
    noon = datetime(1970, 1, 1, 12, tzinfo=UTC) + timedelta(days=first_day)
    offsets = np.empty((len(zones), days), np.int64)
    for row, zone in enumerate(zones):
        info = ZoneInfo(zone)
        for column in range(days):
            local = (noon + timedelta(days=column)).replace(tzinfo=info)
            offset = local.utcoffset() or timedelta()
            offsets[row, column] = int(offset.total_seconds()) * SECOND
    return offsets


def times_of_day(rng: np.random.Generator, count: int) -> np.ndarray:
    """Local times of day in microseconds, mostly office hours."""
    bounds = np.cumsum(HOUR_WEIGHTS) / HOUR_WEIGHTS.sum()
    hours = np.searchsorted(bounds, rng.random(count), side="right")
    return np.minimum(hours, 23) * HOUR + rng.integers(0, HOUR // SECOND, count) * SECOND


def _add_months(instants: np.ndarray, count: np.ndarray) -> np.ndarray:
    start = instants.astype("M8[us]").astype("M8[M]")
    into_month = instants - start.astype("M8[us]").astype(np.int64)
    target = start + count.astype("m8[M]")
    target_at = target.astype("M8[us]").astype(np.int64)
    last_day = ((target + 1).astype("M8[us]").astype(np.int64) - target_at) // DAY - 1
    return target_at + np.minimum(into_month // DAY, last_day) * DAY + into_month % DAY


def period_start(anchor: np.ndarray, months_each: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Start of billing period `number` (from 0) of contracts that bill every `months_each` months.

    0 months stands for a week. A day that a month lacks becomes its last day.
    """
    weekly = anchor + number * 7 * DAY
    return np.where(months_each == 0, weekly, _add_months(anchor, months_each * number))


def period_at(anchor: np.ndarray, months_each: np.ndarray, instant: np.ndarray) -> np.ndarray:
    """Number of the billing period that holds `instant`, which is not before `anchor`."""
    apart = (
        instant.astype("M8[us]").astype("M8[M]") - anchor.astype("M8[us]").astype("M8[M]")
    ).astype(np.int64)
    number = np.where(
        months_each == 0, (instant - anchor) // (7 * DAY), apart // np.maximum(months_each, 1)
    )
    return number - (period_start(anchor, months_each, number) > instant)
