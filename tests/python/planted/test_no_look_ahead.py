"""What is known about a month does not change with what happens later."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from warehouse import Warehouse

from productpulse.simulator import world as w
from productpulse.simulator.simulate import simulate

# Without dirt: a device linked late, a user deleted or a date corrected changes the past.
CLEAN = w.Dirt(**{field.name: 0 for field in fields(w.Dirt)})
WORLD = w.World(users=600, days=240, as_of=date(2026, 5, 20), dirt=CLEAN)
EARLIER = date(2026, 3, 31)


@pytest.mark.slow
def test_signals_of_a_month_are_those_of_its_own_time(
    new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    """Built as of the end of March, each earlier month has the same signals as in May."""
    simulate(WORLD, tmp_path / "world")
    warehouse = new_warehouse("no_look_ahead")
    warehouse.command("load", tmp_path / "world")
    then, now = (_signals(warehouse, as_of) for as_of in (EARLIER, WORLD.as_of))
    assert len(then) > 1_000
    assert {month for _, month, _ in now} > {month for _, month, _ in then}
    assert {key: value for key, value in now.items() if key[1] <= EARLIER} == then


def _signals(warehouse: Warehouse, as_of: date) -> dict[tuple, float | None]:
    warehouse.dbt(
        *("build", "duckdb", "--resource-type", "seed", "--resource-type", "model"),
        *("--select", "+fct_account_signals"),
        # so that track records are soon known and change the weights
        *("--vars", f"{{as_of_date: {as_of}, rule_min_churns: 1}}"),
    )
    return {
        (row["account_id"], row["month"], row["signal"]): row["signal_value"]
        for row in warehouse.table("fct_account_signals", "duckdb")
    }
