"""Worlds for funnels: few event names, many ties, and pauses as long as the windows."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from oracle import Raw
from oracle.worlds import new_row

from productpulse.raw_schema import raw_tables

# Both nights on which clocks in New York change lie within three weeks of a start.
STARTS = (datetime(2024, 2, 26, tzinfo=UTC), datetime(2024, 10, 21, tzinfo=UTC))
MINUTE, HOUR, DAY = 60, 3600, 86400
PAUSES = (0, 0, 0, 1, 5 * MINUTE, 10 * MINUTE, HOUR, 5 * HOUR, DAY, DAY, 3 * DAY)
NAMES = ("a", "b", "c", "d", "a", "b", "c", "x", "y", "unrelated")
USERS = 24


def funnel_world(seed: int) -> Raw:
    """Two users per account, up to forty events each, some of them in sessions of the source."""
    dice = random.Random(seed)
    raw: Raw = {name: [] for name in raw_tables()}
    start = STARTS[seed % 2]
    for number in range(USERS):
        user_id = f"u{number}"
        add(
            raw,
            "users",
            user_id=user_id,
            account_id=f"a{number // 2}",
            country=dice.choice(["DE", "US", None]),
            created_at=start,
            is_internal=number == 7,
        )
        moment = start + timedelta(seconds=dice.randrange(10 * DAY))
        for _ in range(dice.choice([2, 10, 40])):
            pause = timedelta(seconds=dice.choice(PAUSES))
            moment += pause + timedelta(microseconds=dice.choice([0, 0, 0, 1]))
            add_event(raw, user_id, dice.choice(NAMES), moment, {"n": dice.randrange(2)})
            if dice.random() < 0.3:
                raw["events"][-1]["session_id"] = dice.choice(["s1", "s2"])
    dice.shuffle(raw["events"])
    return raw


def add_event(
    raw: Raw, user_id: str, name: str, moment: datetime, properties: dict[str, Any] | None = None
) -> None:
    """One more event of a user."""
    add(
        raw,
        "events",
        event_id=f"{user_id}_{len(raw['events'])}",
        user_id=user_id,
        event_name=name,
        occurred_at=moment,
        properties=json.dumps(properties) if properties else None,
    )


def add(raw: Raw, table: str, **values: Any) -> None:
    """A row of a raw table; columns not named are null."""
    raw[table].append(new_row(table, **values))


# Steps with a filter are pairs of an event and what its property must be.
ORDERED_STEPS: tuple[list[Any], ...] = (
    ["a", "b", "c"],
    ["a", "a", "b"],
    ["a", "b", "a"],
    ["a", ("b", ("n", "1")), "b"],
    [("a", ("n", "0")), "b", "c", "d"],
    ["a", "b", "c", "d", "a", "b", "c", "d"],
    ["a", "b", "a", "b", "a", "b", "a", "b", "a", "b"],
    ["a", "b", "c"] * 4 + ["a", "a"],
    ["a"],
)
STEPS_WITHOUT_ORDER: tuple[list[Any], ...] = (
    ["a", "b", "c"],
    ["a", "b", "a"],
    ["b", "a", "a", "a"],
    [("a", ("n", "0")), "b", ("a", ("n", "1"))],
    ["a", "b", "c", "d", "a", "b", "c", "d"],
    ["a", "b", "a", "b", "a", "b", "a", "b", "a", "b"],
    ["a", "b", "c", "d", "y"] * 4,
)


def many_funnels(
    seed: int, count: int
) -> tuple[dict[str, dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """Funnels of all kinds with their exclusions, each parameter drawn at random."""
    dice = random.Random(seed)
    funnels: dict[str, dict[str, Any]] = {}
    exclusions: dict[str, list[dict[str, Any]]] = {}
    for number in range(count):
        order = ("ordered", "ordered", "strict", "any_order")[number % 4]
        steps = dice.choice(STEPS_WITHOUT_ORDER if order == "any_order" else ORDERED_STEPS)
        funnel_id = f"f{number:02}"
        dates = dice.choice(
            [(None, None), (None, None), ("2024-03-04", None), (None, "2024-10-30")]
        )
        funnels[funnel_id] = {
            "profile": dice.choice([None, "house", "posthog", "mixpanel", "amplitude"]),
            "steps": steps,
            "order_rule": order,
            "window_seconds": dice.choice([10 * MINUTE, HOUR, DAY, 7 * DAY, None]),
            "unit": dice.choice(["user", "user", "session", "account"]),
            "entry_policy": dice.choice(["latest", "first_touch", None]),
            "tie_rule": dice.choice(["allowed", "strictly_later", None]),
            "exclusion_policy": dice.choice(["stop", "drop_unit", None]),
            "entry_from_date": dates[0],
            "entry_to_date": dates[1],
        }
        last = len(steps)
        if last > 1 and dice.random() < 0.6:
            whole = {"after_step": 1, "before_step": last}
            between = {"after_step": dice.randrange(1, last)}
            if order == "any_order":
                exclusions[funnel_id] = [whole | {"event_name": "x"}]
            else:
                exclusions[funnel_id] = [
                    between | {"event_name": dice.choice(["x", "c"])},
                    whole | {"event_name": "y", "property_name": "n", "property_value": "1"},
                ]
    return funnels, exclusions
