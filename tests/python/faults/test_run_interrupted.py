"""Wherever and however a load or a run dies, running it again repairs everything."""

import os
import random
import re
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from warehouse import Warehouse, copy_warehouse

from productpulse.database import BUILDER, LOADER
from productpulse.paths import project_root

from . import pauses
from .conftest import WITHOUT_TESTS, Story
from .digests import digests
from .own_server import OwnServer
from .pauses import Pause
from .processes import children_of, end_connections, is_alive, started
from .waiting import until


@dataclass(frozen=True)
class Fault:
    """What goes wrong; `code` and `says`: how the run ends, None and empty when it was killed."""

    name: str
    strike: Callable[[subprocess.Popen, Warehouse, OwnServer], None]
    code: int
    says: str | None

    def __str__(self) -> str:
        return self.name


def kill_dbt(process: subprocess.Popen, *_: object) -> None:
    (dbt,) = children_of(process)
    os.kill(dbt, signal.SIGKILL)


def kill_both(process: subprocess.Popen, *_: object) -> None:
    (dbt,) = children_of(process)
    process.kill()
    os.kill(dbt, signal.SIGKILL)


KILLED = Fault("the run is killed", lambda process, *_: process.kill(), -signal.SIGKILL, None)
INTERRUPTED = Fault(
    "the run is interrupted",
    lambda process, *_: process.send_signal(signal.SIGINT),
    130,
    "error: interrupted",
)
DBT_KILLED = Fault(
    "dbt is killed",
    kill_dbt,
    1,
    "dbt was killed (SIGKILL)",
)
BOTH_KILLED = Fault("run and dbt are killed", kill_both, -signal.SIGKILL, None)
SERVER_CRASHES = Fault(
    "Postgres crashes",
    lambda _, __, server: server.crash(),
    1,
    "error: ",
)
WORK_CUT = Fault(
    "the connection at work is cut",
    lambda _, warehouse, __: end_connections(warehouse, LOADER, BUILDER),
    1,
    "connection",  # "terminating connection …" or "server closed the connection …"
)
LOCK_CUT = Fault(
    "the connection with the lock is cut",
    lambda _, warehouse, __: end_connections(warehouse, "productpulse"),
    1,
    "the connection that kept others from building was lost",
)

FAULTS = (KILLED, DBT_KILLED, BOTH_KILLED, INTERRUPTED, SERVER_CRASHES, WORK_CUT, LOCK_CUT)
AMID_ROWS = pauses.amid_rows("events", "new.event_id like '%7'")
BEFORE_LEDGER = pauses.before_the_ledger("events")
LEFT_WORKING = "a load or build before this one died or lost its connection"


def amid_build(seed: int) -> tuple[Pause, Fault]:
    """A random place, which is a mart and how far its build is, and each of the faults in turn."""
    chance = random.Random(seed)
    marts = sorted(path.stem for path in (project_root() / "models" / "marts").rglob("*.sql"))
    command = chance.choice(("CREATE TABLE", "ALTER TABLE", "COMMENT", "DROP TABLE"))
    return pauses.amid_model(chance.choice(marts), command), FAULTS[seed % len(FAULTS)]


def strike(
    pause: Pause, fault: Fault, verb: str, folder: Path, warehouse: Warehouse, server: OwnServer
) -> None:
    """Let the fault happen to a command that is at the pause."""
    pauses.put(pause, warehouse)
    with started(warehouse, verb, folder) as process:
        pauses.wait_for(warehouse, process)
        children = children_of(process)
        fault.strike(process, warehouse, server)
        _, said = process.communicate(timeout=60)
        until(lambda: not any(map(is_alive, children)))
    assert process.returncode == fault.code, said
    assert "Traceback" not in said
    if fault.says is not None:
        assert said.splitlines()[-1].startswith("error: "), said
        assert fault.says in said
    server.start()
    pauses.lift(warehouse)


def do_again(verb: str, warehouse: Warehouse, story: Story) -> None:
    """Run it again: statements of the dead run are ended, and everything is as without a fault."""
    left = pauses.are_asleep(warehouse)
    again = warehouse.command(verb, story.folder, **WITHOUT_TESTS)
    assert (LEFT_WORKING in again.stderr) == (left > 0)
    assert not pauses.are_asleep(warehouse)
    assert digests(warehouse) == story.told


@pytest.mark.parametrize(
    ("pause", "fault"),
    [
        (AMID_ROWS, SERVER_CRASHES),
        (BEFORE_LEDGER, KILLED),
        pytest.param(AMID_ROWS, KILLED, marks=pytest.mark.slow),
        pytest.param(AMID_ROWS, WORK_CUT, marks=pytest.mark.slow),
        pytest.param(BEFORE_LEDGER, SERVER_CRASHES, marks=pytest.mark.slow),
        pytest.param(BEFORE_LEDGER, WORK_CUT, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_a_load_is_made_good(
    pause: Pause, fault: Fault, own_server: OwnServer, loads: Story, tmp_path: Path
) -> None:
    own_server.start()
    warehouse = copy_warehouse(loads.before, "loading", tmp_path / "home")
    before = digests(warehouse)
    strike(pause, fault, "load", loads.folder, warehouse, own_server)
    assert digests(warehouse) == before
    do_again("load", warehouse, loads)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pause", "fault"),
    [
        *(amid_build(seed) for seed in range(10)),
        (pauses.before_remembering("int_activity__classified_events"), BOTH_KILLED),
        (pauses.before_remembering("int_activity__sessions"), SERVER_CRASHES),
    ],
    ids=str,
)
def test_a_build_is_made_good(
    pause: Pause, fault: Fault, own_server: OwnServer, runs: Story, tmp_path: Path
) -> None:
    own_server.start()
    warehouse = copy_warehouse(runs.before, "running", tmp_path / "home")
    strike(pause, fault, "run", runs.folder, warehouse, own_server)
    assert re.search(
        r"stale: the build of .* (was interrupted|failed); \d+ of \d+ tables are from it, "
        r"\d+ from before: run `productpulse build` again",
        warehouse.command("status").stdout,
    )
    do_again("run", warehouse, runs)
