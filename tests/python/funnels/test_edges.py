"""Small cases whose answer is known: excluded events, long funnels, no profile."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from funnel_project import build_funnels, reference_with
from marts.conftest import landed
from oracle import Params, Raw, funnel_steps, understand
from oracle.worlds import write_world
from warehouse import ENGINES, Warehouse

from productpulse.raw_schema import raw_tables

from .conftest import Answered
from .worlds import DAY, HOUR, add, add_event

FIVE = datetime(2024, 1, 1, 5, tzinfo=UTC)
LONG = [f"s{step}" for step in range(1, 21)]
EXCLUDED = [{"after_step": 1, "before_step": 2, "event_name": "x"}]

# What each user does, and after how long.
EVENTS: dict[str, list[tuple[str, timedelta]]] = {
    "nothing_after": [("S", timedelta(0)), ("x", timedelta(hours=1))],
    "paid_after": [("S", timedelta(0)), ("x", timedelta(hours=1)), ("paid", timedelta(hours=2))],
    "all_of_them": [(name, timedelta(minutes=k)) for k, name in enumerate(LONG)],
    "ten_of_them": [(name, timedelta(minutes=k)) for k, name in enumerate(LONG[:10])],
}
# Which users a funnel is about, its parameters, and how many reach each step.
ASKED: dict[str, tuple[str, dict[str, Any], list[int]]] = {
    "over_it": ("S", {"exclusion_policy": "drop_unit"}, [0, 0]),
    "stopped": ("S", {"exclusion_policy": "stop"}, [2, 0]),
    "of_posthog": ("S", {"profile": "posthog"}, [0, 0]),
    "of_posthog_in_any_order": ("S", {"profile": "posthog", "order_rule": "any_order"}, [2, 0]),
    "no_profile": ("S", {"profile": None}, [2, 0]),
} | {
    f"{length}_{profile}_{order}": (
        "long",
        {"profile": profile, "order_rule": order, "window_seconds": HOUR, "steps": LONG[:length]},
        [2] * min(length, 10) + [1] * (length - 10),
    )
    for length in (9, 10, 12, 13, 20)
    for profile in ("house", "posthog", "mixpanel", "amplitude")
    for order in ("ordered", "strict", "any_order")
}


@pytest.fixture(scope="module")
def asked(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Answered:
    """All users and funnels in one warehouse, on both engines; all windows closed."""
    raw: Raw = {name: [] for name in raw_tables()}
    for user_id, events in EVENTS.items():
        add(raw, "users", user_id=user_id, created_at=FIVE)
        for name, after in events:
            add_event(raw, user_id, name, FIVE + after)
    folder = tmp_path_factory.mktemp("edges")
    write_world(raw, folder)
    warehouse = new_warehouse("funnel_edges")
    warehouse.command("load", folder)
    funnels = {
        funnel_id: {"steps": ["S", "paid"], "window_seconds": DAY} | given
        for funnel_id, (_, given, _) in ASKED.items()
    }
    exclusions = {name: EXCLUDED for name, (what, _, _) in ASKED.items() if what == "S"}
    reference = reference_with(funnels, exclusions)
    for engine in ENGINES:
        build_funnels(warehouse, reference, engine, {"as_of_date": "2024-03-31"})
    params = Params(as_of_date=date(2024, 3, 31))
    return Answered(warehouse, understand(landed(warehouse.lake), reference, params))


@pytest.mark.parametrize("engine", [*ENGINES, "oracle"])
def test_each_step_has_those_who_reached_it(asked: Answered, engine: str) -> None:
    rows = (
        funnel_steps(asked.company)
        if engine == "oracle"
        else asked.warehouse.table("fct_funnel_steps", engine)
    )
    found: dict[str, dict[int, int]] = {}
    for row in rows:
        if row["segment_name"] == "all":
            found.setdefault(row["funnel_id"], {})[row["step_number"]] = row["users"]
    expected = {name: dict(enumerate(counts, start=1)) for name, (_, _, counts) in ASKED.items()}
    assert found == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_a_funnel_without_a_profile_has_that_of_the_house(asked: Answered, engine: str) -> None:
    (row,) = asked.warehouse.table(
        "staging.stg_reference__funnels", engine, "funnel_id = 'no_profile'"
    )
    assert (row["profile"], row["entry_policy"]) == ("house", "latest")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_long_funnel_lists_its_first_eight_steps(asked: Answered, engine: str) -> None:
    (row,) = asked.warehouse.table(
        "fct_funnel_users", engine, "funnel_id = '20_house_ordered' and unit_id = 'all_of_them'"
    )
    assert row["deepest_step"] == 20
    assert {name for name in row if name.startswith("step_")} == {
        f"step_{step}_at" for step in range(1, 9)
    }
