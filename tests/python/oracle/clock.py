"""Days, weeks, months and years in the reporting time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .inputs import INFINITY, MINUS_INFINITY, Params

ONE_DAY = timedelta(days=1)


def is_finite(moment: datetime) -> bool:
    """Whether it is a real moment, not one of the infinities."""
    return moment not in (INFINITY, MINUS_INFINITY)


def local_date(moment: datetime, params: Params) -> date:
    """The calendar day in the reporting time zone; the infinities give the ends of the calendar."""
    try:
        return moment.astimezone(ZoneInfo(params.reporting_timezone)).date()
    except OverflowError:
        return date.max if moment.year > 1 else date.min


def day_start(day: date, params: Params) -> datetime:
    """The instant in UTC at which a local day begins."""
    midnight = datetime.combine(day, time.min, ZoneInfo(params.reporting_timezone))
    return midnight.astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day of the month some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (first_of_next - ONE_DAY).day))


def days(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def period_start(day: date, grain: str, params: Params) -> date:
    """The first day of the period that contains the day."""
    if grain == "day":
        return day
    if grain == "week":
        since_start = day.weekday() if params.week_start == "monday" else (day.weekday() + 1) % 7
        return day - since_start * ONE_DAY
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    if grain == "fiscal_year":
        first_month = params.fiscal_year_start_month
        return date(day.year - (day.month < first_month), first_month, 1)
    raise ValueError(grain)


def next_start(start: date, grain: str) -> date:
    """The first day of the period after the one that starts here."""
    if grain in ("day", "week"):
        return start + {"day": 1, "week": 7}[grain] * ONE_DAY
    return add_months(start, {"month": 1, "quarter": 3, "fiscal_year": 12}[grain])


def periods(first: date, last: date, grain: str, params: Params) -> Iterator[tuple[date, date]]:
    """First and last day of each period, from the period of `first` to that of `last`."""
    start = period_start(first, grain, params)
    while start <= last:
        following = next_start(start, grain)
        yield start, following - ONE_DAY
        start = following
