"""A server that tests may stop, and warehouses in it in the middle of a story."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from oracle import Raw, read_reference
from oracle.worlds import edge_world, with_corrections, write_world
from sqlalchemy import URL, make_url
from warehouse import Warehouse, create_database

from productpulse.database import connect
from productpulse.paths import project_root

from .digests import digests
from .waiting import until

SEED = 1
SHARE_LATE = 0.3
# The tables themselves are compared, so that a build need not test them.
WITHOUT_TESTS = {"DBT_EXCLUDE_RESOURCE_TYPES": "test unit_test"}


@dataclass(frozen=True)
class OwnServer:
    """An embedded server under a state folder of its own, reached by `productpulse db`."""

    home: Path

    def start(self, file_limit: int | None = None) -> URL:
        """Start it unless it runs; no file of it may grow beyond `file_limit` bytes."""
        return make_url(self._db("url", file_limit=file_limit).strip())

    def stop(self) -> None:
        self._db("stop")

    def crash(self) -> None:
        """End it at once, as Postgres' immediate shutdown does; the next start recovers."""
        data = next(line for line in self._db("status").splitlines() if "data_dir" in line)
        postmaster = Path(data.split()[-1]) / "postmaster.pid"
        os.kill(int(postmaster.read_text().split()[0]), signal.SIGQUIT)
        until(lambda: not postmaster.exists())

    def remove(self) -> None:
        self._db("remove", "--yes")

    def _db(self, *arguments: str, file_limit: int | None = None) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PULSE_"))}
        done = subprocess.run(
            [*limited(file_limit), sys.executable, "-m", "productpulse.cli", "db", *arguments],
            env=environment | {"PULSE_HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


LIMITED = """
import os, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
os.execv(sys.argv[2], sys.argv[2:])
"""


def limited(file_limit: int | None) -> list[str]:
    """The beginning of a command that lets no file grow beyond so many bytes.

    To a program that is the same as a full disk: writing fails, with another word for why.
    """
    if file_limit is None:
        return []
    return [sys.executable, "-c", LIMITED, str(file_limit)]


@pytest.fixture(scope="session")
def own_server() -> Iterator[OwnServer]:
    """A server that runs when a test begins, whatever the one before did to it."""
    # Not pytest's own folder: that is closed to the user who runs the server for root.
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="pulse-") as folder:
        Path(folder).chmod(0o755)
        server = OwnServer(Path(folder) / "state")
        try:
            yield server
        finally:
            server.remove()


@dataclass(frozen=True)
class Story:
    """Two deliveries. `before`: a warehouse after the first; `folder`: the second; `told`: what a
    warehouse holds after the second when nothing goes wrong."""

    before: Warehouse
    folder: Path
    told: dict[str, str]


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A world full of edges, of which some rows of each table come late, and some again."""
    raw = with_corrections(edge_world(SEED, read_reference(project_root() / "seeds")), SEED)
    chance = random.Random(SEED)
    dealt: list[Raw] = [{name: [] for name in raw} for _ in range(2)]
    for name, rows in raw.items():
        for row in rows:
            dealt[chance.random() < SHARE_LATE][name].append(row)
    folders = [tmp_path_factory.mktemp("delivery") for _ in dealt]
    for folder, delivery in zip(folders, dealt, strict=True):
        write_world(delivery, folder)
    return folders


@pytest.fixture(scope="session")
def loads(
    own_server: OwnServer, deliveries: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Story:
    """The deliveries loaded one after the other."""
    return _tell("load", own_server, deliveries, tmp_path_factory.mktemp("loads"))


@pytest.fixture(scope="session")
def runs(
    own_server: OwnServer, deliveries: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Story:
    """A run for each delivery."""
    return _tell("run", own_server, deliveries, tmp_path_factory.mktemp("runs"))


def _tell(verb: str, server: OwnServer, deliveries: list[Path], home: Path) -> Story:
    first, second = deliveries
    before = Warehouse(create_database(server.start(), f"before_{verb}"), home / "before")
    before.home.mkdir()
    before.command(verb, first, **WITHOUT_TESTS)
    undisturbed = copy_of(before, f"undisturbed_{verb}", home / "undisturbed")
    undisturbed.command(verb, second, **WITHOUT_TESTS)
    return Story(before, second, digests(undisturbed))


def copy_of(warehouse: Warehouse, name: str, home: Path) -> Warehouse:
    """A warehouse with the same rows, loaded at the same moments, and the same builds."""
    with closing(connect(warehouse.url.set(database="postgres"))) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"drop database if exists {name} with (force)")
        cursor.execute(f"create database {name} template {warehouse.url.database}")
    shutil.copytree(warehouse.home, home)
    return Warehouse(warehouse.url.set(database=name), home)
