"""Arrays of instants and days: calendars, local time, billing periods. Days count from 1970."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from productpulse.simulator import draw
from productpulse.simulator.instants import DAY, HOUR, SECOND

# How likely a working person starts something at each hour of the local day.
HOUR_WEIGHTS = np.array(
    [1, 1, 1, 1, 1, 2, 5, 12, 30, 42, 40, 36, 26, 32, 40, 38, 34, 28, 18, 12, 9, 7, 4, 2], float
)

# Instead of a number of months: calendar months that begin at midnight in this zone.
LOCAL_MONTH = -1
LOCAL_ZONE = "America/New_York"


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


def times_of_day(of: draw.Keys, purpose: str) -> np.ndarray:
    """Local times of day in microseconds, mostly office hours, to the second."""
    hours = draw.choose(of, purpose, HOUR_WEIGHTS)
    return hours * HOUR + draw.between(of, f"{purpose} (seconds)", 0, HOUR // SECOND) * SECOND


def clock_changes(zones: list[str], first_day: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Clock changes in the zones within these days: the zone and the instant of each."""
    hours = np.arange(days * 24 + 1) * HOUR + first_day * DAY
    zone_of, instants = [], []
    for place, zone in enumerate(zones):
        offsets = utc_offsets([zone], first_day, days + 1)[0]
        for day in np.flatnonzero(np.diff(offsets)):
            info = ZoneInfo(zone)
            near = hours[
                (hours >= (first_day + day) * DAY) & (hours <= (first_day + day + 2) * DAY)
            ]
            found = [datetime.fromtimestamp(int(hour) // SECOND, info).utcoffset() for hour in near]
            changes = [n for n in range(1, len(found)) if found[n] != found[n - 1]]
            zone_of += [place] * len(changes[:1])
            instants += [int(near[n]) for n in changes[:1]]
    return np.array(zone_of, np.int64), np.array(instants, np.int64)


def _add_months(instants: np.ndarray, count: np.ndarray) -> np.ndarray:
    start = instants.astype("M8[us]").astype("M8[M]")
    into_month = instants - start.astype("M8[us]").astype(np.int64)
    target = start + count.astype("m8[M]")
    target_at = target.astype("M8[us]").astype(np.int64)
    last_day = ((target + 1).astype("M8[us]").astype(np.int64) - target_at) // DAY - 1
    return target_at + np.minimum(into_month // DAY, last_day) * DAY + into_month % DAY


def period_start(anchor: np.ndarray, months_each: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Start of billing period `number` (from 0) of `months_each` months.

    0 months means a week. A day that a month does not have becomes its last day. The first local
    month begins with the subscription.
    """
    weekly = anchor + number * 7 * DAY
    starts = np.where(months_each == 0, weekly, _add_months(anchor, months_each * number))
    is_local = (months_each == LOCAL_MONTH) & (number > 0)
    if not is_local.any():
        return starts
    return np.where(is_local, whole_period_start(anchor, months_each, number), starts)


def whole_period_start(
    anchor: np.ndarray, months_each: np.ndarray, number: np.ndarray
) -> np.ndarray:
    """The same, but the first local month is a whole month too."""
    is_local = months_each == LOCAL_MONTH
    if not is_local.any():
        return period_start(anchor, months_each, number)
    starts = _local_months()
    month = np.clip(_local_month(anchor) + number, 0, len(starts) - 1)
    elsewhere = period_start(anchor, np.where(is_local, 1, months_each), number)
    return np.where(is_local, starts[month], elsewhere)


@cache
def _local_months() -> np.ndarray:
    zone = ZoneInfo(LOCAL_ZONE)
    firsts = [datetime(1970 + n // 12, n % 12 + 1, 1, tzinfo=zone) for n in range(150 * 12)]
    return np.array([int(first.timestamp()) * SECOND for first in firsts])


def _local_month(instant: np.ndarray) -> np.ndarray:
    """Position of the local month that contains an instant."""
    return np.searchsorted(_local_months(), instant, side="right") - 1


def period_at(anchor: np.ndarray, months_each: np.ndarray, instant: np.ndarray) -> np.ndarray:
    """Number of the billing period that contains `instant`, which is not before `anchor`."""
    apart = (
        instant.astype("M8[us]").astype("M8[M]") - anchor.astype("M8[us]").astype("M8[M]")
    ).astype(np.int64)
    number = np.where(
        months_each == 0, (instant - anchor) // (7 * DAY), apart // np.maximum(months_each, 1)
    )
    number = number - (period_start(anchor, months_each, number) > instant)
    is_local = months_each == LOCAL_MONTH
    if not is_local.any():
        return number
    return np.where(is_local, _local_month(instant) - _local_month(anchor), number)
