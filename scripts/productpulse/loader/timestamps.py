"""Points in time, from text or from Arrow's own types, as microseconds in UTC."""

import re
from datetime import UTC, datetime, timedelta
from math import floor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.loader.numbers import exact
from productpulse.loader.types import INFINITY, TIMESTAMP

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FIRST = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
LAST = (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) - EPOCH) // MICROSECOND

ISO_8601 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r" ?(?:Z|UTC|([+-])([0-9]{2})(?::?([0-9]{2}))?)?)?",
    re.IGNORECASE,
)
# Other usual ways to write a date; they do not show which number is the month.
DATE_FORM = re.compile(
    r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})"
    r"(?:[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?[AaPp][Mm])?)?"
)
# Seconds since 1970 for times from 1973 on, and their thousandths and millionths.
EPOCH_DIGITS = {
    **dict.fromkeys((9, 10), "epoch_seconds"),
    **dict.fromkeys((12, 13), "epoch_milliseconds"),
    **dict.fromkeys((15, 16), "epoch_microseconds"),
}
INFINITIES = {"infinity": INFINITY, "+infinity": INFINITY, "-infinity": -INFINITY}


def parse_whole(texts: pa.Array) -> pa.Array | None:
    """All of `texts` at once; None when one has a form that only `parse_one` knows."""
    for kind in (pa.timestamp("us"), TIMESTAMP):
        try:
            parsed = texts.cast(kind).cast(TIMESTAMP)
        except pa.ArrowInvalid:
            continue
        bounds = pc.min_max(parsed.cast(pa.int64())).as_py()
        if bounds["min"] is None or (bounds["min"] >= FIRST and bounds["max"] <= LAST):
            return parsed
    return None


def parse_one(text: str) -> int:
    """Microseconds since 1970 in UTC; no zone means UTC. Raises ValueError.

    Digits beyond the microsecond are cut off.
    """
    text = text.strip()
    if (endless := INFINITIES.get(text.lower())) is not None:
        return endless
    found = ISO_8601.fullmatch(text)
    if not found:
        raise ValueError(text)
    *parts, fraction, sign, zone_hours, zone_minutes = found.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    micros = int((fraction or "").ljust(6, "0")[:6])
    moment = datetime(year, month, day, hour, minute, second, micros, UTC)
    hours, minutes = int(zone_hours or 0), int(zone_minutes or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes) // MICROSECOND
    since_epoch = (moment - EPOCH) // MICROSECOND + (offset if sign == "-" else -offset)
    if not FIRST <= since_epoch <= LAST:
        raise ValueError(text)
    return since_epoch


def parse_form(text: str, form: str) -> int:
    """Microseconds since 1970, by a format of strptime; no zone means UTC. Raises ValueError."""
    moment = datetime.strptime(text.strip(), form)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since_epoch = (moment - EPOCH) // MICROSECOND
    if not FIRST <= since_epoch <= LAST:
        raise ValueError(text)
    return since_epoch


def parse_epoch_whole(texts: pa.Array, per_second: int) -> pa.Array | None:
    """All of `texts` at once, as whole numbers since 1970; None when one is something else."""
    try:
        ticks = texts.cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    scale = 10**6 // per_second
    bounds = pc.min_max(ticks).as_py()
    if bounds["min"] is not None and not (
        bounds["min"] * scale >= FIRST and bounds["max"] * scale <= LAST
    ):
        return None
    return pc.multiply(ticks, scale).cast(TIMESTAMP)


def parse_epoch(text: str, per_second: int) -> int:
    """Microseconds since 1970 of a number that counts from there. Raises ValueError."""
    since_epoch = floor(exact(text) * (10**6 // per_second))
    if not FIRST <= since_epoch <= LAST:
        raise ValueError(text)
    return since_epoch


def remedy(text: str) -> str:
    """What to state so that `text` can be read as a timestamp; empty when that is unknown."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) in EPOCH_DIGITS:
        return f": state `timestamps: {EPOCH_DIGITS[len(text)]}` for this table in load.yml"
    forms = _forms(text)
    if not forms:
        return ""
    stated = " or ".join(f"`timestamps: '{form}'`" for form in forms)
    return f": write YYYY-MM-DD, or state {stated} for this table in load.yml"


def _forms(text: str) -> list[str]:
    """The formats of strptime in which `text` is a date."""
    if re.fullmatch("(?:19|20)[0-9]{6}", text):
        return _readable(text, ["%Y%m%d"])
    found = DATE_FORM.fullmatch(text)
    if not found:
        return []
    first, mark, _, last, seconds, half = found.groups()
    year = "%Y" if len(last) == 4 or len(first) == 4 else "%y"
    time = ""
    if ":" in text:
        time = "T" if "T" in text else " "
        time += ("%I" if half else "%H") + ":%M" + (":%S" if seconds else "")
        time += (" %p" if half.startswith(" ") else "%p") if half else ""
    orders = [("%Y", "%m", "%d")] if len(first) == 4 else [("%d", "%m", year)]
    if mark != "." and len(first) < 4:
        orders.append(("%m", "%d", year))
    if len(first) == len(last) == 2:
        orders.append(("%y", "%m", "%d"))
    return _readable(text, [mark.join(order) + time for order in orders])


def _readable(text: str, forms: list[str]) -> list[str]:
    found = []
    for form in forms:
        try:
            parse_form(text, form)
        except ValueError:
            continue
        found.append(form)
    return found


def from_temporal(values: pa.Array) -> tuple[pa.Array, list[int]]:
    """Dates and timestamps of any unit and zone, and the rows outside the years 1 to 9999."""
    unit = getattr(values.type, "unit", "ms")
    is_null = values.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_date32(values.type):
        ticks, unit = values.cast(pa.int32()).cast(pa.int64()), "D"
    else:
        ticks = values.cast(pa.int64())
    numbers = ticks.fill_null(0).to_numpy(zero_copy_only=False)
    if unit == "ns":
        micros = np.floor_divide(numbers, 1000)
        is_good = np.ones(len(numbers), bool)
    else:
        scale = {"D": 86_400_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}[unit]
        # Compare before scaling, because scaling may overflow.
        is_good = (numbers >= -(-FIRST // scale)) & (numbers <= LAST // scale)
        if unit == "us":
            is_good |= np.abs(numbers) == INFINITY
        micros = np.where(is_good, numbers, 0) * scale
    out = pa.array(micros, pa.int64(), mask=is_null | ~is_good).cast(TIMESTAMP)
    return out, np.flatnonzero(~is_good & ~is_null).tolist()
