"""A world that arrives piece by piece gives the same warehouse as the whole world."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from warehouse import Warehouse

from productpulse.simulator import world as w
from productpulse.simulator.instants import DAY
from productpulse.simulator.simulate import simulate

WORLD = w.World(users=500, days=160, dirt=w.Dirt(late=0.05, no_exchange_rate=0.02))


@pytest.mark.slow
def test_marts_of_slices_are_those_of_the_whole(
    new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    whole, sliced = new_warehouse("whole"), new_warehouse("sliced")
    simulate(WORLD, tmp_path / "whole")
    whole.command("load", tmp_path / "whole", "--target", "duckdb")
    for number, (since, until) in enumerate(pairwise([0, 50, 51, 110, WORLD.days])):
        folder = tmp_path / f"slice_{number}"
        simulate(WORLD, folder, since=WORLD.start + since * DAY, until=WORLD.start + until * DAY)
        sliced.command("load", folder, "--target", "duckdb")
    for warehouse in (whole, sliced):
        warehouse.build("duckdb")
    for table in whole.tables("marts", "duckdb"):
        expected = whole.table(table, "duckdb")
        assert sorted(map(repr, sliced.table(table, "duckdb"))) == sorted(map(repr, expected))
    assert whole.table("fct_mrr_movements", "duckdb")
