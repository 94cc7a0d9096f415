"""The truth about active users: who was active on which day, as far as the data can know."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from productpulse.simulator.events import IS_ACTIVITY, Events
from productpulse.simulator.instants import DAY
from productpulse.simulator.people import Users

EPOCH = date(1970, 1, 1)
GRAINS = ("day", "week", "month")
STATES = ("new", "retained", "resurrected", "dormant")
WAU_DAYS, MAU_DAYS = 7, 28
ROOM = 40_000  # room for a day number and an owner in one number


@dataclass
class ActiveUsers:
    """Counts of users by day; the counts of different blocks of users can be added.

    `daily`: by day number, the active users, and the changes of the users in the two windows.
    `periods`: users by grain, state and number of the period.
    """

    daily: dict[int, np.ndarray] = field(default_factory=dict)
    periods: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def add(self, other: "ActiveUsers") -> None:
        """Add the counts of another block."""
        for day, counts in other.daily.items():
            self.daily[day] = self.daily.get(day, np.zeros(3, np.int64)) + counts
        for place, count in other.periods.items():
            self.periods[place] = self.periods.get(place, 0) + count

    def tables(self, until: int) -> dict[str, pa.Table]:
        """`active_users_daily` and `active_users_by_period`, up to the last day before `until`."""
        last = (until - 1) // DAY
        started = [day for day, counts in self.daily.items() if counts[0]]
        days = range(min(started), last + 1) if started else range(0)
        none = np.zeros(3, np.int64)
        counts = np.array([self.daily.get(day, none) for day in days]).reshape(-1, 3)
        daily = pa.table({
            "date": pa.array([EPOCH + timedelta(days=day) for day in days], pa.date32()),
            "dau": counts[:, 0],
            "wau": np.cumsum(counts[:, 1]),
            "mau": np.cumsum(counts[:, 2]),
        })  # fmt: skip
        rows = []
        for grain in GRAINS:
            for number in np.unique(_period(grain, np.arange(days.start, days.stop))).tolist():
                found = {state: self.periods.get((grain, state, number), 0) for state in STATES}
                rows.append({
                    "period_grain": grain,
                    "period_start": _start(grain, number),
                    "active_users": sum(found[state] for state in STATES[:3]),
                    **{f"{state}_users": count for state, count in found.items()},
                })  # fmt: skip
        columns = ["period_grain", "period_start", "active_users"]
        columns += [f"{state}_users" for state in STATES]
        types = [pa.string(), pa.date32()] + [pa.int64()] * 5
        schema = pa.schema(list(zip(columns, types, strict=True)))
        return {
            "active_users_daily": daily,
            "active_users_by_period": pa.Table.from_pylist(rows, schema=schema),
        }


def user_days(
    users: Users, first: int, events: Events, until: int
) -> tuple[np.ndarray, np.ndarray]:
    """Owners and days (sorted, each pair once) on which counted users were active.

    Only events count that happened and arrived before `until` and whose user is known by then.
    """
    seen = (events.owner >= 0) & IS_ACTIVITY[events.name] & (events.spoilt == 0)
    seen &= (events.occurred < until) & (events.received < until) & (events.known < until)
    owner, day = events.owner[seen], events.occurred[seen] // DAY
    own = owner - first
    inside = (own >= 0) & (own < len(users))
    place = np.where(inside, own, 0)
    counts = ~inside | (~users.internal[place] & (users.deleted[place] >= until))
    pairs = np.unique(owner[counts] * ROOM + day[counts])
    return pairs // ROOM, pairs % ROOM


def active_users(owner: np.ndarray, day: np.ndarray, until: int) -> ActiveUsers:
    """Counts from sorted, distinct pairs of owner and day."""
    last = (until - 1) // DAY
    is_first = np.diff(owner, prepend=-1) != 0
    is_last = np.append(is_first[1:], True) if len(owner) else is_first
    changes: dict[int, np.ndarray] = {}

    def count(days: np.ndarray, column: int, by: int) -> None:
        for number, times in zip(*np.unique(days, return_counts=True), strict=True):
            changes.setdefault(int(number), np.zeros(3, np.int64))[column] += by * times

    count(day, 0, 1)
    before = np.roll(day, 1)
    after = np.roll(day, -1)
    for column, length in ((1, WAU_DAYS), (2, MAU_DAYS)):
        count(day[is_first | (before + length <= day)], column, 1)
        ends = day[is_last | (day + length <= after)] + length
        count(ends[ends <= last], column, -1)

    periods: dict[tuple[str, str, int], int] = {}
    for grain in GRAINS:
        number = _period(grain, day)
        once = is_first | (np.roll(number, 1) != number)
        who, number = owner[once], number[once]
        new = np.diff(who, prepend=-1) != 0
        following = np.append(new[1:], True) if len(who) else new
        kept = ~new & (np.roll(number, 1) + 1 == number)
        goes = (following | (np.roll(number, -1) != number + 1)) & (
            number + 1 <= _period(grain, np.array([last]))[0]
        )
        for state, numbers in (
            ("new", number[new]),
            ("retained", number[kept]),
            ("resurrected", number[~new & ~kept]),
            ("dormant", number[goes] + 1),
        ):
            for place, times in zip(*np.unique(numbers, return_counts=True), strict=True):
                periods[grain, state, int(place)] = int(times)
    return ActiveUsers(changes, periods)


def _period(grain: str, days: np.ndarray) -> np.ndarray:
    """Number of the day, week (from Monday) or month that contains each day."""
    if grain == "day":
        return days
    if grain == "week":
        return (days + 3) // 7
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64)


def _start(grain: str, number: int) -> date:
    if grain == "month":
        return date(1970 + number // 12, number % 12 + 1, 1)
    return EPOCH + timedelta(days=number if grain == "day" else number * 7 - 3)
