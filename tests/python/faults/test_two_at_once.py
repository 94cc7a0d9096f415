"""Of two commands at once, one wins, the other reports it, and nothing is loaded twice."""

from pathlib import Path

import pytest
from warehouse import copy_warehouse

from . import pauses
from .conftest import Story
from .digests import digests
from .own_server import OwnServer
from .pauses import Pause
from .processes import end_connections, started

AMID_LOAD = pauses.before_the_ledger("events")


def second_gives_up(verb: str, pause: Pause, server: OwnServer, story: Story, home: Path) -> None:
    server.start()
    warehouse = copy_warehouse(story.before, "at_once", home)
    pauses.put(pause, warehouse)
    with started(warehouse, verb, story.folder) as first:
        pauses.wait_for(warehouse, first)
        second = warehouse.command(verb, story.folder, check=False)
        assert first.poll() is None
        pauses.end(warehouse)
        _, said = first.communicate()
    assert first.returncode == 0, said
    assert second.returncode == 1
    (line,) = second.stderr.splitlines()
    assert line.startswith("error: another load or build is running on this database since 20")
    assert digests(warehouse) == story.told


def test_of_two_loads_one_wins(own_server: OwnServer, loads: Story, tmp_path: Path) -> None:
    second_gives_up("load", AMID_LOAD, own_server, loads, tmp_path / "home")


@pytest.mark.slow
@pytest.mark.parametrize(
    "pause", [AMID_LOAD, pauses.amid_model("dim_users", "ALTER TABLE")], ids=str
)
def test_of_two_runs_one_wins(
    pause: Pause, own_server: OwnServer, runs: Story, tmp_path: Path
) -> None:
    second_gives_up("run", pause, own_server, runs, tmp_path / "home")


def test_who_lost_the_lock_gives_way_to_who_takes_it(
    own_server: OwnServer, loads: Story, tmp_path: Path
) -> None:
    own_server.start()
    warehouse = copy_warehouse(loads.before, "lost", tmp_path / "home")
    pauses.put(AMID_LOAD, warehouse)
    with started(warehouse, "load", loads.folder, "--target", "postgres") as first:
        pauses.wait_for(warehouse, first)
        end_connections(warehouse, "productpulse")
        pauses.lift(warehouse)
        warehouse.command("load", loads.folder)
        _, said = first.communicate(timeout=60)
    assert first.returncode == 1
    line = said.splitlines()[-1]
    assert line.startswith("error: Postgres: ")
    assert line.endswith(": nothing was loaded; fix that and load again")
    assert digests(warehouse) == loads.told
