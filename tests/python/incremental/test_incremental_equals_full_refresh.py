"""In whatever order rows arrive, incremental builds give the same tables as one build."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from oracle import Raw, read_reference
from oracle.worlds import edge_world, with_corrections, write_world
from warehouse import ENGINES, Warehouse, copy_warehouse

from productpulse.database import connect
from productpulse.errors import Exit
from productpulse.paths import project_root

# The models that grow with events, and everything made from them.
SELECTED = (
    "+marts.engagement +int_activity__touched_days +dim_users +quarantined_rows +rows_by_load"
)
SCHEMAS = ("intermediate", "marts", "audit")
# These are about builds and not about events.
OF_BUILDS = {
    "audit.incremental_builds",
    "intermediate.int_activity__touched_days",
    "intermediate.int_activity__touched_neighbours",
    "intermediate.int_activity__touched_spells",
}
COLUMNS_OF_BUILDS = {"built_at", "previous_user_id"}


def batches(raw: Raw, seed: int, number: int) -> list[Raw]:
    """The rows of a world at random times: events, links and people in any order."""
    chance = random.Random(seed)
    dealt: list[Raw] = [{name: [] for name in raw} for _ in range(number)]
    for name, rows in raw.items():
        for row in rows:
            late = name in ("events", "user_aliases", "users", "accounts")
            dealt[chance.randrange(number) if late else 0][name].append(row)
    return dealt


def contents(warehouse: Warehouse, target: str) -> dict[str, list[str]]:
    """All tables and views as sorted rows of text, so that a repeated row is noticed."""
    found = {}
    for schema in SCHEMAS:
        for table in warehouse.tables(schema, target):
            name = f"{schema}.{table}"
            if name not in OF_BUILDS:
                rows = warehouse.table(name, target)
                found[name] = sorted(
                    repr({c: v for c, v in row.items() if c not in COLUMNS_OF_BUILDS})
                    for row in rows
                )
    return found


def build(
    warehouse: Warehouse, target: str, options: Sequence[str] = (), selected: str = SELECTED
) -> None:
    """Build what is selected, without tests."""
    kinds = ("--exclude-resource-type", "test", "unit_test")
    warehouse.dbt("build", target, *options, "--select", *selected.split(), *kinds)


def twin(warehouse: Warehouse) -> Warehouse:
    """A copy of a warehouse, with the same rows loaded at the same moments."""
    home = warehouse.home.with_name(f"{warehouse.home.name}_twin")
    return copy_warehouse(warehouse, f"{warehouse.url.database}_twin", home)


def on_both(work: Callable[[str], None]) -> None:
    """Do something for each engine, at the same time."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(work, ENGINES))


def rebuilt(warehouse: Warehouse, target: str) -> set[str]:
    """The incremental models that the last build rebuilt instead of updating."""
    found = warehouse.rows(
        "select model_name from audit.incremental_builds where is_full and model_name like 'int_%' "
        "and built_at = (select max(built_at) from audit.incremental_builds)",
        target,
    )
    return {name for (name,) in found}


def assert_equals_full_refresh(
    warehouse: Warehouse, when: str, options: Sequence[str] = (), selected: str = SELECTED
) -> None:
    """All tables hold, row for row, what a full refresh of the same raw rows gives.

    The refresh is done in place, because dbt parses again for another database, and then undone.
    """
    carried_on = {target: contents(warehouse, target) for target in ENGINES}
    kept = twin(warehouse)
    on_both(partial(build, warehouse, options=["--full-refresh", *options], selected=selected))
    for target in ENGINES:
        expected, found = contents(warehouse, target), carried_on[target]
        assert found.keys() == expected.keys()
        for name, rows in expected.items():
            wrong = set(found[name]) ^ set(rows)
            assert found[name] == rows, f"{name} on {target}, {when}: {list(wrong)[:4]}"
    copy_warehouse(kept, str(warehouse.url.database), warehouse.home)


@pytest.mark.parametrize(("seed", "parts"), [(1, 2), pytest.param(2, 4, marks=pytest.mark.slow)])
def test_incremental_builds_equal_a_full_refresh(
    seed: int,
    parts: int,
    new_warehouse: Callable[[str], Warehouse],
    tmp_path: Path,
) -> None:
    raw = with_corrections(edge_world(seed, read_reference(project_root() / "seeds")), seed)
    warehouse = new_warehouse(f"incremental_{seed}")
    for number, batch in enumerate(batches(raw, seed, parts)):
        write_world(batch, tmp_path / str(number))
        warehouse.command("load", tmp_path / str(number))
        on_both(partial(build, warehouse))
        for target in ENGINES:
            assert bool(rebuilt(warehouse, target)) == (number == 0)
        assert_equals_full_refresh(warehouse, f"batch {number}")


def nights(raw: Raw, seed: int) -> Raw:
    """A world of visits at night, with pauses a little shorter or longer than the usual gap:
    sessions last over one midnight, over two, or over none."""
    chance = random.Random(seed)
    known = next(row for row in raw["events"] if row["user_id"] == raw["users"][0]["user_id"])
    events = []
    for user in raw["users"][:8]:
        moment = known["occurred_at"].replace(hour=22, minute=0, second=0)
        for _ in range(120):
            moment += timedelta(minutes=chance.choice([10, 29, 30, 31, 600, 1420]))
            event = {"event_id": f"night_{len(events)}", "user_id": user["user_id"]}
            event |= {"occurred_at": moment, "received_at": moment}
            events.append(known | event)
    return raw | {"events": events}


@pytest.mark.parametrize("gap", [30, pytest.param(1440, marks=pytest.mark.slow)])
def test_sessions_over_midnight_are_carried_on(
    gap: int, new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    world = nights(edge_world(4, read_reference(project_root() / "seeds")), 4)
    dealt = batches(world, 4, 40)
    # the first half at once, then single fortieths, a few events a day
    first = {name: [row for batch in dealt[:20] for row in batch[name]] for name in world}
    warehouse = new_warehouse(f"incremental_nights_{gap}")
    how = {
        "options": ["--vars", f"session_gap_minutes: {gap}"],
        "selected": "+int_activity__sessions",
    }
    for number, batch in enumerate([first, *dealt[20:23]]):
        write_world(batch, tmp_path / str(number))
        # a fortieth may hold a file of which no row counts
        loaded = warehouse.command("load", tmp_path / str(number), check=False)
        assert loaded.returncode in (Exit.OK, Exit.PARTLY_LOADED), loaded.stderr
        on_both(partial(build, warehouse, **how))
        for target in ENGINES:
            assert bool(rebuilt(warehouse, target)) == (number == 0)
    assert_equals_full_refresh(warehouse, "last batch", **how)


@pytest.mark.slow
def test_a_late_event_costs_what_it_touches_and_lost_rows_rebuild_everything(
    new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    raw = edge_world(3, read_reference(project_root() / "seeds"))
    warehouse = new_warehouse("incremental_late")
    write_world(raw, tmp_path / "all")
    warehouse.command("load", tmp_path / "all")
    on_both(partial(build, warehouse))

    known = next(row for row in raw["events"] if row["user_id"] == raw["users"][0]["user_id"])
    last = max(row["occurred_at"] for row in raw["events"] if row["event_id"] == known["event_id"])
    late = known | {"event_id": "late", "occurred_at": last - timedelta(days=400)}
    write_world({"events": [late]}, tmp_path / "late")
    warehouse.command("load", tmp_path / "late")
    on_both(partial(build, warehouse))
    for target in ENGINES:
        assert not rebuilt(warehouse, target)
        classified = warehouse.rows(
            "select event_id from intermediate.int_activity__classified_events where built_at = "
            "(select max(built_at) from intermediate.int_activity__classified_events)",
            target,
        )
        assert classified == [("late",)]
        touched = warehouse.table("intermediate.int_activity__touched_days", target)
        assert touched == [
            {"user_id": known["user_id"], "activity_date": late["occurred_at"].date()}
        ]

    lost = warehouse.rows(
        "select load_id from audit.loads where table_name = 'events' and loaded_rows > 1"
    )
    for (load_id,) in lost:
        for path in warehouse.lake.glob(f"{load_id}/events.parquet"):
            path.unlink()
        with closing(connect(warehouse.url)) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"delete from raw.events where load_id = '{load_id}'")
    on_both(partial(build, warehouse))
    for target in ENGINES:
        assert rebuilt(warehouse, target)
        assert len(warehouse.table("intermediate.int_activity__events", target)) == 1
    assert_equals_full_refresh(warehouse, "rows lost")
