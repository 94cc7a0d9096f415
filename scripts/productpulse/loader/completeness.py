"""Until when a delivery is complete, where this is stated."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from productpulse.errors import Exit, PulseError
from productpulse.loader.origin import manifest_of
from productpulse.loader.timestamps import EPOCH, MICROSECOND, parse_one

EXAMPLES = "a date such as 2026-07-01, or a moment such as 2026-06-30T12:00:00Z"


def told_until(directory: Path, option: str | None, now: datetime) -> str | None:
    """What `--complete-until` says, else the manifest of a simulated folder, else None.

    A date stays a date: its first moment depends on a time zone that is known only when marts are
    built. A moment is converted to UTC, such as 2026-06-30T12:00:00Z. Raises PulseError for
    anything else, and for a time after `now`.
    """
    if option is None:
        return _of_simulation(directory, now)
    text = option.strip()
    try:
        # In some time zones a day begins up to 14 hours earlier.
        if len(text) == len("2026-07-01"):
            day = date.fromisoformat(text)
            said, is_over = str(day), day <= (now + timedelta(hours=14)).date()
        else:
            moment = EPOCH + parse_one(text) * MICROSECOND
            said, is_over = _text(moment), moment <= now
    except (ValueError, OverflowError):
        raise PulseError(f"--complete-until {option}: is not {EXAMPLES}", Exit.USAGE) from None
    if not is_over:
        raise PulseError(
            f"--complete-until {option}: is in the future: give a time that is over",
            Exit.USAGE,
        )
    return said


def _of_simulation(directory: Path, now: datetime) -> str | None:
    try:
        manifest = manifest_of(directory) or {}
        until = datetime.fromisoformat(manifest["parameters"]["until"]).replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError):
        return None
    return _text(min(until, now))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
