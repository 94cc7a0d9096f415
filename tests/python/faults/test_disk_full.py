"""A full disk gives one line; with space again, repeating the command completes the work."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from warehouse import Warehouse, copy_warehouse, create_database

from .conftest import WITHOUT_TESTS
from .digests import digests
from .own_server import OwnServer, limited

MB = 1 << 20
# More than a segment of the write-ahead log: a server that cannot write one would die.
FULL_AT = 20 * MB
# Enough rows to make their table larger than the limit.
EVENTS = 200_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty users, who do the same day after day."""
    place = tmp_path_factory.mktemp("large")
    users = "".join(f"u{n},2024-01-01\n" for n in range(40))
    (place / "users.csv").write_text(f"user_id,created_at\n{users}")
    events = "".join(
        f"event-{n * 7919 % EVENTS:010},u{n % 40},login,2024-{n % 12 + 1:02}-{n % 28 + 1:02}\n"
        for n in range(EVENTS)
    )
    (place / "events.csv").write_text(f"event_id,user_id,event_name,occurred_at\n{events}")
    return place


@pytest.fixture
def server(own_server: OwnServer) -> Iterator[OwnServer]:
    """The server, which has enough space again after the test."""
    yield own_server
    own_server.stop()


def refuse(done: subprocess.CompletedProcess, says: str) -> None:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    (line, *_) = [line for line in done.stderr.splitlines() if says in line]
    assert line.startswith("error: ")


def count(warehouse: Warehouse) -> list[tuple]:
    return warehouse.rows("select count(*), count(distinct event_id) from raw.events")


@pytest.mark.slow
def test_a_load_into_a_full_database(server: OwnServer, folder: Path, tmp_path: Path) -> None:
    server.stop()
    warehouse = Warehouse(create_database(server.start(FULL_AT), "full_database"), tmp_path)
    refuse(warehouse.command("load", folder, check=False), "could not extend file")
    assert count(warehouse) == [(0, 0)]
    assert not list(warehouse.lake.glob("*/*.parquet"))
    server.stop()
    server.start()
    warehouse.command("load", folder)
    assert count(warehouse) == [(EVENTS, EVENTS)]


def test_a_load_into_a_full_lake(server: OwnServer, folder: Path, tmp_path: Path) -> None:
    warehouse = Warehouse(create_database(server.start(), "full_lake"), tmp_path)
    program = [sys.executable, "-m", "productpulse.cli", "load", str(folder)]
    done = subprocess.run(
        [*limited(MB // 16), *program], env=warehouse.environment, capture_output=True, text=True
    )
    refuse(done, "the Parquet copy is not complete: load again")
    assert count(warehouse) == [(0, 0)]
    assert not list(warehouse.lake.glob("*/*.parquet"))
    warehouse.command("load", folder)
    assert count(warehouse) == [(EVENTS, EVENTS)]


@pytest.mark.slow
def test_a_build_in_a_full_database(server: OwnServer, folder: Path, tmp_path: Path) -> None:
    warehouse = Warehouse(create_database(server.start(), "to_be_full"), tmp_path / "home")
    warehouse.home.mkdir()
    warehouse.command("load", folder)
    undisturbed = copy_warehouse(warehouse, "never_full", tmp_path / "undisturbed")
    undisturbed.command("run", folder, **WITHOUT_TESTS)
    server.stop()
    server.start(FULL_AT)
    refuse(warehouse.command("run", folder, check=False, **WITHOUT_TESTS), "could not extend file")
    server.stop()
    server.start()
    warehouse.command("run", folder, **WITHOUT_TESTS)
    assert digests(warehouse) == digests(undisturbed)
