"""What must hold for any funnel: the same world, changed in ways with a known answer."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from funnel_project import build_funnels, reference_with
from oracle import Raw
from oracle.worlds import combine, write_world
from warehouse import Warehouse

from .worlds import add_event, funnel_world, many_funnels

SHIFT = timedelta(weeks=3)
WIDER = 3
Row = dict[str, Any]

FUNNELS, EXCLUSIONS = many_funnels(seed=2, count=48)
for funnel in FUNNELS.values():
    # dates in texts would not move with the events
    funnel |= {"entry_from_date": None, "entry_to_date": None}
    funnel["window_seconds"] = funnel["window_seconds"] or 86400
WIDE = {
    f"{name}_wide": given | {"window_seconds": WIDER * given["window_seconds"]}
    for name, given in FUNNELS.items()
}
WIDE_EXCLUSIONS = {f"{name}_wide": rows for name, rows in EXCLUSIONS.items()}


def with_unrelated_events(raw: Raw) -> Raw:
    """The world, with an event that no funnel uses after every second event."""
    more: Raw = {name: list(rows) for name, rows in raw.items()}
    for event in raw["events"][::2]:
        moment = event["occurred_at"] + timedelta(microseconds=1)
        add_event(more, event["user_id"], "unrelated", moment)
    return more


def later(raw: Raw) -> Raw:
    """The world some whole weeks later."""
    moved: Raw = {name: list(rows) for name, rows in raw.items()}
    moved["events"] = [row | {"occurred_at": row["occurred_at"] + SHIFT} for row in raw["events"]]
    return moved


@pytest.fixture(scope="module")
def build(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, dict[str, Raw]], Warehouse]:
    def made(name: str, worlds: dict[str, Raw]) -> Warehouse:
        folder = tmp_path_factory.mktemp(name)
        write_world(combine(worlds), folder)
        warehouse = new_warehouse(f"properties_{name}")
        warehouse.command("load", folder)
        reference = reference_with(FUNNELS | WIDE, EXCLUSIONS | WIDE_EXCLUSIONS)
        build_funnels(warehouse, reference, variables={"as_of_date": "2024-12-31"})
        return warehouse

    return made


@pytest.fixture(scope="module")
def several(build: Callable) -> Warehouse:
    """A world, another one, and a changed copy of the first, side by side."""
    world = funnel_world(3)
    worlds = {
        "plain_": world,
        "other_": funnel_world(4),
        "unrelated_": with_unrelated_events(world),
        "later_": later(world),
    }
    return build("several", worlds)


def units(warehouse: Warehouse, prefix: str) -> dict[tuple[str, str], Row]:
    """The rows of one world's units, named as if that world were alone."""
    rows = warehouse.table("fct_funnel_users", "duckdb", f"unit_id like '{prefix}%'")
    assert rows
    return {
        (row["funnel_id"], row["unit_id"].removeprefix(prefix)): {
            name: value for name, value in row.items() if name not in ("unit_id", "user_id")
        }
        for row in rows
    }


def parameters(funnel_id: str) -> Row:
    return (FUNNELS | WIDE)[funnel_id]


def test_a_wider_window_never_loses_anybody(several: Warehouse) -> None:
    """Except where units are dropped: in a wider window more of them meet an exclusion."""
    found = units(several, "plain_")
    deeper = 0
    for (funnel_id, unit_id), row in found.items():
        profile, policy = (
            parameters(funnel_id)["profile"],
            parameters(funnel_id)["exclusion_policy"],
        )
        drops = policy == "drop_unit" or (policy is None and profile in ("posthog", "amplitude"))
        if funnel_id in FUNNELS and not drops:
            wide = found[f"{funnel_id}_wide", unit_id]
            assert wide["deepest_step"] >= row["deepest_step"]
            deeper += wide["deepest_step"] > row["deepest_step"]
    assert deeper > 10


def test_an_unrelated_event_matters_in_strict_order_only(several: Warehouse) -> None:
    """Not to sessions either, which the event may join."""
    found, expected = units(several, "unrelated_"), units(several, "plain_")
    changed = {
        parameters(funnel_id)["order_rule"]
        for funnel_id, unit_id in found.keys() | expected.keys()
        if parameters(funnel_id)["unit"] != "session"
        and found.get((funnel_id, unit_id)) != expected.get((funnel_id, unit_id))
    }
    assert changed == {"strict"}


def test_whole_weeks_later_all_is_the_same(several: Warehouse) -> None:
    times = ("entered_at", *(f"step_{step}_at" for step in range(1, 9)))
    found = {
        key: row | {name: row[name] and row[name] - SHIFT for name in times}
        for key, row in units(several, "later_").items()
    }
    flags = ("is_open", "is_window_closed")
    for rows in (found, expected := units(several, "plain_")):
        for row in rows.values():
            for flag in flags:
                del row[flag]
    assert found == expected


def test_disjoint_worlds_add_up(several: Warehouse, build: Callable) -> None:
    """The results for a world do not change with other worlds beside it, per unit and in counts."""
    prefixes = ("plain_", "other_", "unrelated_", "later_")
    alone = build("alone", {"other_": funnel_world(4)})
    assert units(alone, "other_") == units(several, "other_")
    reached = Counter(
        (funnel_id, step)
        for prefix in prefixes
        for (funnel_id, _), unit in units(several, prefix).items()
        for step in range(1, unit["deepest_step"] + 1)
    )
    for row in several.table("fct_funnel_steps", "duckdb", "segment_name = 'all'"):
        assert row["users"] == reached[row["funnel_id"], row["step_number"]]
