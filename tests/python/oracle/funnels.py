"""Funnels by trying everything: from each entry, all chains that the rules allow."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import zip_longest
from math import ceil
from typing import Any

from .activity import (
    ACCOUNT_ATTRIBUTES,
    Segments,
    is_counted,
    owned_events,
    place,
    quotient,
    segment_values,
)
from .clock import ONE_DAY, day_start, local_date, next_start, period_start
from .company import Company, account_of, attribute
from .inputs import Reference, Row
from .revenue import current_plans
from .sessions import all_sessions

# Steps with a column of their own; a funnel may have more.
LISTED_STEPS = 8
STEP_TIMES = tuple(f"step_{step}_at" for step in range(1, LISTED_STEPS + 1))
# A funnel that names no profile has this one.
DEFAULT_PROFILE = "house"
FUNNEL_USER_COLUMNS = (
    *("funnel_id", "unit_id", "user_id", "is_open", "is_window_closed", "deepest_step"),
    *("entered_at", *STEP_TIMES),
)
FUNNEL_STEP_COLUMNS = (
    *("funnel_id", "segment_name", "segment_value", "step_number", "step_name", "users"),
    *("open_users", "closed_users", "reentered_users", "settled_users"),
    *("is_last_step", "previous_closed_users", "first_closed_users"),
    *("step_conversion_rate", "overall_conversion_rate"),
    *("median_seconds_from_previous", "p90_seconds_from_previous", "as_of_date"),
)
FUNNEL_WEEK_COLUMNS = (*FUNNEL_STEP_COLUMNS, "entry_week", "is_complete")
NONE = frozenset[int]()
FROM_PROFILE = (
    *("order_rule", "window_seconds", "unit", "entry_policy", "tie_rule", "exclusion_policy"),
)


@dataclass(frozen=True)
class Funnel:
    """A funnel with all its parameters. Exclusions: (after step, before step, what)."""

    funnel_id: str
    steps: tuple[Row, ...]
    exclusions: tuple[tuple[int, int, Row], ...]
    order_rule: str
    window: timedelta
    unit: str
    entry_policy: str
    tie_rule: str
    exclusion_policy: str
    entry_from: date
    entry_to: date


@dataclass(frozen=True)
class Happening:
    """An event of a unit: its place among the unit's events, and the steps it can be."""

    place: int
    at: datetime
    day: date
    steps: frozenset[int]
    breaks: frozenset[int]


@dataclass(frozen=True)
class Way:
    """A way from one entry: when each step was first reached, and whether it may lead further.

    `ends` are the events that reach the last of them; without an order there are none. `is_clean`:
    for a way without an order, whether no excluded event came too early in its window.
    """

    reached: tuple[datetime, ...]
    ends: tuple[Happening, ...]
    is_living: bool
    is_clean: bool = True


def funnel_users(company: Company) -> list[Row]:
    """`fct_funnel_users`: one dict per funnel and unit that entered it."""
    if not company.as_of:
        return []
    over_at = day_start(company.as_of + ONE_DAY, company.params)
    rows = []
    for funnel in funnels(company.reference):
        for unit_id, user_id, events in _units(company, funnel):
            way, is_living = _best(funnel, _happenings(company, funnel, events), over_at)
            if not way:
                continue
            times = [moment.replace(tzinfo=None) for moment in way.reached]
            rows.append(
                {
                    "funnel_id": funnel.funnel_id,
                    "unit_id": unit_id,
                    "user_id": user_id,
                    "is_open": is_living and len(times) < len(funnel.steps),
                    "is_window_closed": way.reached[0] + funnel.window < over_at,
                    "deepest_step": len(times),
                    "entered_at": times[0],
                    **dict(zip_longest(STEP_TIMES, times[:LISTED_STEPS])),
                    "all_times": times,
                }
            )
    return rows


def funnel_steps(company: Company) -> list[Row]:
    """`fct_funnel_steps`: one dict per funnel, segment and step."""
    rows = []
    for funnel in funnels(company.reference):
        segments = {("all", "all"): list[Row]()} | _by_segment(company, funnel)
        for segment, units in segments.items():
            rows += _steps(company, funnel, segment, units)
    return rows


def funnel_steps_weekly(company: Company) -> list[Row]:
    """`fct_funnel_steps_weekly`: the same per week of entry, from the funnel's first entry on."""
    params = company.params
    rows = []
    for funnel in funnels(company.reference):
        by_segment = _by_segment(company, funnel)
        entered = [_entry_week(company, row) for row in by_segment.get(("all", "all"), [])]
        week = min(entered, default=date.max)
        while company.as_of and week <= company.as_of:
            after = next_start(week, "week")
            closes = day_start(after, params) + funnel.window
            is_complete = closes <= day_start(company.as_of + ONE_DAY, params)
            for segment, units in by_segment.items():
                of_week = [row for row in units if _entry_week(company, row) == week]
                for row in _steps(company, funnel, segment, of_week):
                    rows.append(row | {"entry_week": week, "is_complete": is_complete})
            week = after
    return rows


def funnels(reference: Reference) -> Iterator[Funnel]:
    """The funnels of the reference tables, with what they take from their profiles."""
    profiles = {row["profile"]: row for row in reference.get("funnel_profiles", [])}
    for row in reference.get("funnels", []):
        funnel_id = row["funnel_id"]
        profile = profiles[row["profile"] or DEFAULT_PROFILE]
        given = {name: row[name] or profile[name] for name in FROM_PROFILE}
        steps = [r for r in reference["funnel_steps"] if r["funnel_id"] == funnel_id]
        exclusions = [r for r in reference["funnel_exclusions"] if r["funnel_id"] == funnel_id]
        yield Funnel(
            funnel_id=funnel_id,
            steps=tuple(sorted(steps, key=lambda step: int(step["step_number"]))),
            exclusions=tuple(
                (int(r["after_step"]), int(r["before_step"] or int(r["after_step"]) + 1), r)
                for r in exclusions
            ),
            window=timedelta(seconds=int(given.pop("window_seconds"))),
            entry_from=date.fromisoformat(row["entry_from_date"] or "0001-01-01"),
            entry_to=date.fromisoformat(row["entry_to_date"] or "9999-12-31"),
            **given,
        )


# The units that go through it, and their events


def _units(company: Company, funnel: Funnel) -> Iterator[tuple[str, str | None, list[Row]]]:
    streams: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for user_id, events in _counted_events(company).items():
        user = company.users[user_id]
        for session_id, event in events:
            unit = {
                "user": (user_id, user_id),
                "session": (session_id, user_id),
                "account": (account_of(user), None),
            }[funnel.unit]
            streams[unit].append(event)
    for (unit_id, owner), events in streams.items():
        yield unit_id, owner, events


@cache
def _counted_events(company: Company) -> dict[str, list[tuple[str, Row]]]:
    """Per user who counts: the events up to as-of, each with its session."""
    session_of = {
        event["event_id"]: events[0]["event_id"]
        for _, events in all_sessions(company)
        for event in events
    }
    found: dict[str, list[tuple[str, Row]]] = defaultdict(list)
    for event, owner in owned_events(company):
        day = local_date(event["occurred_at"], company.params)
        if company.as_of and day <= company.as_of and is_counted(company, company.users[owner]):
            found[owner].append((session_of[event["event_id"]], event))
    return found


def _happenings(company: Company, funnel: Funnel, events: Iterable[Row]) -> list[Happening]:
    """The events that matter, in order: by time, then by step, then by their source's order.

    By step means: by the first step that an event can be, then by the last one, and so backwards.
    """
    gaps = frozenset(range(1, len(funnel.steps) + 1))
    found = []
    for event in events:
        steps = frozenset(
            number for number, step in enumerate(funnel.steps, start=1) if _is(event, step)
        )
        breaks = frozenset(
            gap
            for after, before, excluded in funnel.exclusions
            if _is(event, excluded)
            for gap in range(after, before)
        )
        if funnel.order_rule == "strict":
            breaks = gaps
        if steps or breaks:
            found.append((event, steps, breaks))
    found.sort(
        key=lambda one: (
            one[0]["occurred_at"],
            min(one[1], default=len(funnel.steps) + 1),
            sorted(one[1], reverse=True),
            *place(one[0]),
        )
    )
    moments = [event["occurred_at"] for event, _, _ in found]
    return [
        Happening(
            place=moments.index(event["occurred_at"])
            if funnel.tie_rule == "strictly_later" and funnel.order_rule != "any_order"
            else number,
            at=event["occurred_at"],
            day=local_date(event["occurred_at"], company.params),
            steps=steps,
            breaks=breaks,
        )
        for number, (event, steps, breaks) in enumerate(found)
    ]


def _is(event: Row, asked: Row) -> bool:
    if event["event_name"] != asked["event_name"]:
        return False
    if not asked["property_name"]:
        return True
    properties: dict[str, Any] = json.loads(event["properties"] or "{}")
    value = properties.get(asked["property_name"])
    text = value if isinstance(value, str) or value is None else json.dumps(value)
    return bool(text == asked["property_value"])


# The way that counts


def _best(funnel: Funnel, all_of_it: list[Happening], over_at: datetime) -> tuple[Way | None, bool]:
    """The way that counts, and whether any may still lead further; None for units not in it."""
    ways = _ways(funnel, all_of_it, over_at)
    if not ways:
        return None, False
    is_living = any(way.is_living for way in ways)
    if funnel.exclusion_policy == "stop" or funnel.order_rule == "strict":
        return _choice(ways), is_living
    unminding = [Happening(one.place, one.at, one.day, one.steps, NONE) for one in all_of_it]
    free = _choice(_ways(funnel, unminding, over_at))
    if funnel.order_rule == "any_order":
        clean = [way for way in ways if way.is_clean]
        if not clean or len(_choice(clean).reached) < len(free.reached):
            return Way(free.reached[:1], (), False), is_living
        return _choice(clean), is_living
    return _clean(funnel, all_of_it, ways, len(free.reached)), is_living


def _clean(funnel: Funnel, all_of_it: list[Happening], ways: list[Way], depth: int) -> Way | None:
    """The first chain of that depth with nothing excluded after it, while its window is open.

    It begins at the latest entry that leads to its end.
    """
    latest = {
        (end.place, end.at): way
        for way in sorted(ways, key=lambda way: way.reached[0])
        if len(way.reached) == depth
        for end in way.ends
    }
    for (reached, _), way in sorted(latest.items(), key=lambda one: one[0]):
        closes = way.reached[0] + funnel.window
        if not any(
            depth in one.breaks and one.place > reached and one.at <= closes for one in all_of_it
        ):
            return way
    return None


def _choice(ways: list[Way]) -> Way:
    """The deepest; of equally deep ones the first to get there; of these the latest entry."""
    deepest = max(len(way.reached) for way in ways)
    deep = [way for way in ways if len(way.reached) == deepest]
    first = min(_arrival(way) for way in deep)
    there = [way for way in deep if _arrival(way) == first]
    return max(there, key=lambda way: way.reached[0])


def _arrival(way: Way) -> tuple[datetime, int]:
    return way.reached[-1], min((end.place for end in way.ends), default=0)


def _ways(funnel: Funnel, all_of_it: list[Happening], over_at: datetime) -> list[Way]:
    beginnings = [
        one
        for one in all_of_it
        if (one.steps if funnel.order_rule == "any_order" else 1 in one.steps)
        and funnel.entry_from <= one.day <= funnel.entry_to
    ]
    if funnel.entry_policy == "first_touch":
        beginnings = [one for one in beginnings if one.place == beginnings[0].place]
    find = _sets if funnel.order_rule == "any_order" else _chains
    if funnel.order_rule == "any_order":
        return [find(funnel, all_of_it, [one], over_at) for one in beginnings]
    # entries of one moment are one
    moments = sorted({one.at for one in beginnings})
    return [
        find(funnel, all_of_it, [one for one in beginnings if one.at == moment], over_at)
        for moment in moments
    ]


def _chains(
    funnel: Funnel, all_of_it: list[Happening], entries: list[Happening], over_at: datetime
) -> Way:
    """All chains from these entries at once: per step, every event that one of them reaches."""
    closes = entries[0].at + funnel.window
    reached = []
    ends = entries
    is_living = False
    for step in range(1, len(funnel.steps) + 1):
        reached.append(min(one.at for one in ends))
        last = tuple(ends)
        breakers = [one.place for one in all_of_it if step in one.breaks]
        last_break = max(breakers, default=-1)
        is_living |= closes >= over_at and any(one.place >= last_break for one in ends)
        # for each end, the place up to which nothing breaks the chain
        safe = [
            (end.place, next((place for place in breakers if place > end.place), len(all_of_it)))
            for end in ends
        ]
        ends = [
            one
            for one in all_of_it
            if step + 1 in one.steps
            and one.at <= closes
            and any(begin < one.place <= last for begin, last in safe)
        ]
        if not ends:
            break
    return Way(tuple(reached), last, is_living)


def _sets(
    funnel: Funnel, all_of_it: list[Happening], entries: list[Happening], over_at: datetime
) -> Way:
    """In any order: after each event, the most steps that the events so far can take, one each."""
    (entry,) = entries
    closes = entry.at + funnel.window
    doer: dict[int, Happening] = {}
    reached = []
    is_broken = False
    for one in all_of_it:
        if one.place < entry.place or one.at > closes:
            continue
        if one.breaks and one.place > entry.place:
            is_broken = True
            break
        if _finds_a_step(one, doer, set()):
            reached.append(one.at)
    is_clean = not is_broken or len(reached) == len(funnel.steps)
    is_broken |= any(one.breaks for one in all_of_it if one.place > entry.place)
    return Way(tuple(reached), (), closes >= over_at and not is_broken, is_clean)


def _finds_a_step(one: Happening, doer: dict[int, Happening], tried: set[int]) -> bool:
    """Give the event a step, if necessary by moving the event that has it to another step."""
    for step in one.steps - tried:
        tried.add(step)
        if step not in doer or _finds_a_step(doer[step], doer, tried):
            doer[step] = one
            return True
    return False


# Counting


def _by_segment(company: Company, funnel: Funnel) -> dict[tuple[str, str], list[Row]]:
    units = [r for r in _funnel_users(company) if r["funnel_id"] == funnel.funnel_id]
    owner = "unit_id" if funnel.unit == "account" else "user_id"
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    segments = _segments(company, funnel.unit, {row[owner] for row in units})
    for name, value_of in segments.items():
        for row in units:
            found[name, value_of[row[owner]]].append(row)
    return found


_funnel_users = cache(funnel_users)


def _segments(company: Company, unit: str, owners: set[str]) -> Segments:
    if unit != "account":
        return segment_values(company, owners)
    plans = current_plans(company)
    return {
        "all": dict.fromkeys(owners, "all"),
        "plan": {account_id: plans.get(account_id, "none") for account_id in owners},
    } | {
        name: {a: attribute(company.accounts[a], name) for a in owners}
        for name in ACCOUNT_ATTRIBUTES
    }


def _entry_week(company: Company, row: Row) -> date:
    entered: datetime = row["entered_at"]
    utc = day_start(date(1970, 1, 1), company.params).tzinfo
    day = local_date(entered.replace(tzinfo=utc), company.params)
    return period_start(day, "week", company.params)


def _steps(
    company: Company, funnel: Funnel, segment: tuple[str, str], units: list[Row]
) -> Iterator[Row]:
    closed_before = closed_first = 0
    for number, step in enumerate(funnel.steps, start=1):
        here = [row for row in units if row["deepest_step"] >= number]
        closed = [row for row in here if row["is_window_closed"]]
        if number == 1:
            closed_before = closed_first = len(closed)
        waits = sorted(
            (row["all_times"][number - 1] - row["all_times"][number - 2]) // timedelta(seconds=1)
            for row in closed
            if number > 1
        )
        yield {
            "funnel_id": funnel.funnel_id,
            "segment_name": segment[0],
            "segment_value": segment[1],
            "step_number": number,
            "step_name": step["step_name"] or step["event_name"],
            "users": len(here),
            "open_users": sum(row["is_open"] for row in here),
            "closed_users": len(closed),
            "is_last_step": number == len(funnel.steps),
            "previous_closed_users": closed_before,
            "first_closed_users": closed_first,
            "reentered_users": sum(row["is_open"] for row in closed),
            "settled_users": sum(not (row["is_open"] or row["is_window_closed"]) for row in here),
            "step_conversion_rate": quotient(len(closed), closed_before),
            "overall_conversion_rate": quotient(len(closed), closed_first),
            "median_seconds_from_previous": _median(waits),
            "p90_seconds_from_previous": _nine_of_ten(waits),
            "as_of_date": company.as_of,
        }
        closed_before = len(closed)


def _median(values: list[int]) -> float | None:
    middle = len(values) // 2
    return float(Fraction(values[middle] + values[~middle], 2)) if values else None


def _nine_of_ten(values: list[int]) -> float | None:
    return float(values[ceil(Fraction(9, 10) * len(values)) - 1]) if values else None
