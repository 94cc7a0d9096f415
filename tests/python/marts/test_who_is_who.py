"""Small worlds whose right answer is easy to count by hand, on both engines."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from oracle import Raw
from oracle.worlds import new_row, write_world
from warehouse import ENGINES, Warehouse, copy_project

from productpulse.raw_schema import raw_tables

NOON = datetime(2024, 5, 6, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SEEDS = {
    "experiments": "experiment_id,name,control_variant,started_at\nx,X,a,2024-01-01\n",
    "experiment_variants": "experiment_id,variant,planned_share\nx,a,1\nx,b,1\n",
    "experiment_metrics": "experiment_id,metric_id,kind,event_name,window_days\n"
    "x,bought,conversion,bought,7\n",
}
SELECTED = "+fct_experiment_results +fct_experiment_exposures +fct_journey_edges +fct_sessions"
SELECTED += " +fct_user_days +dim_users +quarantined_rows"


def told() -> Raw:
    """Devices that are linked late, by links and by events; merged users; and two actions."""
    raw: Raw = {name: [] for name in raw_tables()}

    def add(table: str, **values: Any) -> None:
        raw[table].append(new_row(table, **values))

    def event(name: str, at: datetime, **who: str) -> None:
        number = f"row-{len(raw['events'])}"
        add("events", **({"event_id": number} | who), event_name=name, occurred_at=at)

    # exposed as a device, linked ten minutes later; three of four buy
    for number, variant in enumerate("aabb"):
        device, user = f"device{number}", f"user{number}"
        add("users", user_id=user, created_at=NOON + 10 * MINUTE)
        add(
            "experiment_assignments",
            **{"experiment_id": "x", "user_id": device, "variant": variant, "assigned_at": NOON},
        )
        event("seen", NOON, anonymous_id=device)
        add("user_aliases", anonymous_id=device, user_id=user, linked_at=NOON + 10 * MINUTE)
        if number:
            event("bought", NOON + DAY, user_id=user)
    # before, at and after an event that carries both, and no link
    event("looked", NOON - DAY, anonymous_id="tablet")
    event("signed_in", NOON, anonymous_id="tablet", user_id="reader")
    event("looked", NOON + DAY, anonymous_id="tablet")
    # one person, two users
    for user, day in (("old", 0), ("new", 1)):
        add("users", user_id=user, created_at=NOON + day * DAY)
        event("came", NOON + day * DAY, user_id=user)
    add("user_aliases", anonymous_id="old", user_id="new", linked_at=NOON + 2 * DAY)
    add("user_aliases", anonymous_id="old", user_id="reader", linked_at=NOON + 3 * DAY)
    # in one second
    for number, name in ((10, "second"), (9, "first")):
        event(name, NOON, user_id="quick", event_id=f"click-{number}")
    event("waited", NOON + 10 * DAY, user_id="quick")
    return raw


@pytest.fixture(scope="module")
def built(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    folder = tmp_path_factory.mktemp("who")
    write_world(told(), folder / "raw")
    warehouse = new_warehouse("who_is_who")
    warehouse.command("load", folder / "raw", "--complete-until", "2024-05-17")
    project = folder / "project"
    copy_project(project)
    for name, text in SEEDS.items():
        (project / "seeds" / f"{name}.csv").write_text(text)
    kinds = ("--exclude-resource-type", "test", "unit_test")
    for target in ENGINES:
        options = ("--select", *SELECTED.split(), *kinds)
        warehouse.dbt("build", target, *options, project=project)
    return warehouse


@pytest.mark.parametrize("target", ENGINES)
def test_who_was_exposed_as_a_device_buys_as_a_user(built: Warehouse, target: str) -> None:
    found = built.table("fct_experiment_exposures", target)
    assert {(r["user_id"], r["variant"], r["is_excluded"]) for r in found} == {
        *(("user0", "a", False), ("user1", "a", False)),
        *(("user2", "b", False), ("user3", "b", False)),
    }
    (row,) = [r for r in built.table("fct_experiment_results", target) if r["method"] == "z"]
    assert (row["variant"], row["users"], row["control_users"]) == ("b", 2, 2)
    assert (row["mean"] * row["users"], row["control_mean"] * row["control_users"]) == (2, 1)


@pytest.mark.parametrize("target", ENGINES)
def test_an_event_with_device_and_user_links_them(built: Warehouse, target: str) -> None:
    days = [r["date"] for r in built.table("fct_user_days", target) if r["user_id"] == "reader"]
    assert sorted(days) == [(NOON + n * DAY).date() for n in (-1, 0, 1)]


@pytest.mark.parametrize("target", ENGINES)
def test_two_users_of_one_person_are_one(built: Warehouse, target: str) -> None:
    days = [r["date"] for r in built.table("fct_user_days", target) if r["user_id"] == "new"]
    assert sorted(days) == [NOON.date(), (NOON + DAY).date()]
    people = {r["user_id"]: r for r in built.table("dim_users", target)}
    assert "old" not in people and people["new"]["signup_date"] == NOON.date()
    apart = built.table("audit.quarantined_rows", target)
    assert [(r["row_key"], r["reason"]) for r in apart] == [("old / reader", "already_merged")]


@pytest.mark.parametrize("target", ENGINES)
def test_actions_of_one_second_stay_in_the_order_of_their_rows(
    built: Warehouse, target: str
) -> None:
    sessions = [r for r in built.table("fct_sessions", target) if r["user_id"] == "quick"]
    assert "click-9" in {r["session_id"] for r in sessions}
    ways = {(r["from_event"], r["to_event"]) for r in built.table("fct_journey_edges", target)}
    assert ("first", "second") in ways and ("second", "first") not in ways
