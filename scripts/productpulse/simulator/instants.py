"""Units of time: an instant is a whole number of microseconds since 1970 in UTC."""

from datetime import date

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONTH = DAY * 365 // 12  # a mean month, for rates

# Later than every time, so that "has not happened" compares like a time. Null in the tables.
NEVER = 2**63 - 1


def day_number(day: date) -> int:
    """Days from 1970-01-01 to `day`."""
    return (day - date(1970, 1, 1)).days
