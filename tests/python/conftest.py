"""What the tests share: a throw-away server, and databases and warehouses in it."""

import itertools
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, make_url
from warehouse import OWN_FOLDER, Warehouse, create_database
from xdist.scheduler import LoadScopeScheduling

from productpulse import database as databases
from productpulse import server

Query = Callable[[str], list[tuple]]


@pytest.fixture(scope="session")
def server_url() -> Iterator[URL]:
    """The address of our own server, which is in the environment while the tests run.

    `PULSE_TEST_DATABASE_URL` names another one to use instead; tests touch only what they create.
    """
    given = os.environ.get("PULSE_TEST_DATABASE_URL")
    with (
        # Not pytest's own folder, which the user who runs the server for root cannot enter.
        tempfile.TemporaryDirectory(dir="/tmp", prefix="pulse-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(folder).chmod(0o755)
        for name in [n for n in os.environ if n.startswith(("PG", "PULSE_"))]:
            patch.delenv(name)
        patch.setenv("PULSE_HOME", folder)
        try:
            url = make_url(given) if given else server.start()
            patch.setenv("PULSE_DATABASE_URL", databases.url_text(url))
            yield url
        finally:
            patch.setenv("PULSE_HOME", folder)
            if not given:
                server.destroy()


class ByWorld(LoadScopeScheduling):
    """Gives tests that share a built world to one worker: by folder and set of parameters."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, name = nodeid.partition("::")
        sets = {"default", "other"} & {*re.split(r"[\[\]-]", name)}
        return " ".join([str(Path(file).parent), *sets])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWorld:
    return ByWorld(config, log)


_numbers = itertools.count(1)


@pytest.fixture
def query(server_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Query:
    """Queries an empty database, which is in the environment together with an empty lake."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', '')}_{next(_numbers)}"
    with closing(databases.connect(server_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"create database {name}")
    url = server_url.set(database=name)
    monkeypatch.setenv("PULSE_PROJECT", str(OWN_FOLDER))
    monkeypatch.setenv("PULSE_DATABASE_URL", databases.url_text(url))
    monkeypatch.setenv("PULSE_LAKE", str(tmp_path / "lake"))

    def ask(statement: str) -> list[tuple]:
        with closing(databases.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return rows

    return ask


@pytest.fixture(scope="session")
def new_warehouse(
    server_url: URL, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Warehouse]:
    """Makes an empty warehouse by name, with its own database, lake and state folder."""

    def make(name: str) -> Warehouse:
        return Warehouse(
            create_database(server_url, f"warehouse_{name}"), tmp_path_factory.mktemp(name)
        )

    return make
