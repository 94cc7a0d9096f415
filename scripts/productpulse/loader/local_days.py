"""Dates without a time: days of the reporting time zone, which begin at midnight there."""

import re
from datetime import UTC
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.loader.timestamps import EPOCH, MICROSECOND
from productpulse.loader.types import INFINITY, TIMESTAMP
from productpulse.settings import project_vars

# The codes of strptime for a part of a day or a time zone.
TIME_OF_DAY = re.compile("%[-]?[HIMSfpXcTzZsR]")


@cache
def reporting_zone() -> str:
    """The reporting time zone, by its name."""
    return str(project_vars()["reporting_timezone"])


def are_days(texts: pa.Array, form: str | None) -> pa.Array:
    """Which of `texts` are dates without a time, in ISO 8601 or in the form that is stated."""
    if form is None:
        return pc.match_substring_regex(texts, r"^\s*\d{4}-\d{2}-\d{2}\s*$").fill_null(False)
    return pa.repeat(not TIME_OF_DAY.search(form), len(texts))


def begun_locally(midnights: pa.Array, is_day: pa.Array, zone: str) -> pa.Array:
    """Timestamps at midnight in UTC; those that are days become their first moment in the zone.

    Where clocks skip midnight, a day begins at the first time after it; where they repeat midnight,
    it begins at the first one.
    """
    if zone == "UTC" or not pc.any(is_day).as_py():
        return midnights
    ticks = midnights.cast(pa.int64()).fill_null(INFINITY).to_numpy()
    is_moved = is_day.to_numpy(zero_copy_only=False) & (np.abs(ticks) != INFINITY)
    days, which = np.unique(ticks[is_moved], return_inverse=True)
    begun = np.array([_first_moment(int(day), ZoneInfo(zone)) for day in days], np.int64)
    moved = ticks.copy()
    moved[is_moved] = begun[which]
    return pa.array(moved, pa.int64(), mask=~midnights.is_valid().to_numpy(False)).cast(TIMESTAMP)


def _first_moment(midnight: int, zone: ZoneInfo) -> int:
    try:
        moment = (EPOCH + midnight * MICROSECOND).replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        # the first and the last possible days
        return midnight
    return (moment - EPOCH) // MICROSECOND
