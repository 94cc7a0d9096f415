"""A server that tests may stop, and warehouses in it between two deliveries."""

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from oracle import Raw, read_reference
from oracle.worlds import edge_world, with_corrections, write_world
from warehouse import Warehouse, copy_warehouse, create_database

from productpulse.paths import project_root

from .digests import digests
from .own_server import OwnServer

SEED = 1
SHARE_LATE = 0.3
# The tables themselves are compared, so builds do not run the dbt tests.
WITHOUT_TESTS = {"DBT_EXCLUDE_RESOURCE_TYPES": "test unit_test"}


@pytest.fixture(scope="session")
def own_server() -> Iterator[OwnServer]:
    """A server that tests may stop; each test that needs it starts it."""
    # Not pytest's own folder, which the user who runs the server for root cannot enter.
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
    warehouse holds after both when nothing goes wrong."""

    before: Warehouse
    folder: Path
    told: dict[str, str]


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A world full of edge cases; some rows of each table come late, and some come twice."""
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
    undisturbed = copy_warehouse(before, f"undisturbed_{verb}", home / "undisturbed")
    undisturbed.command(verb, second, **WITHOUT_TESTS)
    return Story(before, second, digests(undisturbed))
