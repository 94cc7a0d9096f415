"""A builder who may not create roles is told what an administrator must run, and it is enough."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL
from warehouse import Warehouse

from productpulse.database import connect

from .own_server import OwnServer

TOLD = re.compile(
    r"^notice: there is no role pulse_reporter .* an administrator must run: (.*)$", re.M
)


@pytest.fixture
def administrator() -> Iterator[URL]:
    """A server on which nothing was ever built."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="pulse-") as folder:
        Path(folder).chmod(0o755)
        server = OwnServer(Path(folder) / "state")
        try:
            yield server.start()
        finally:
            server.remove()


def say(url: URL, *statements: str) -> list[tuple]:
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_without_the_right_to_make_roles_the_build_tells_what_to_say(
    administrator: URL, tmp_path: Path
) -> None:
    say(administrator, "create role builder login password 'b'")
    say(administrator, "create database sales owner builder")
    url = administrator.set(username="builder", password="b", database="sales")
    warehouse = Warehouse(url, tmp_path)
    done = warehouse.command("build", DBT_RESOURCE_TYPES="seed")
    (statements,) = TOLD.findall(done.stderr)

    say(url, "create schema if not exists marts", "create table marts.fct_early as select 1 as x")
    say(administrator.set(database="sales"), statements)
    say(url, "create table marts.fct_late as select 2 as x", "create table public.other ()")
    say(administrator, "alter role pulse_reporter login password 'r'")
    reporter = url.set(username="pulse_reporter", password="r")
    assert say(reporter, "select * from marts.fct_early, marts.fct_late") == [(1, 2)]
    with pytest.raises(Exception, match="permission denied for table other"):
        say(reporter, "select * from public.other")

    assert not TOLD.findall(
        warehouse.command("build", "--full-refresh", DBT_RESOURCE_TYPES="seed").stderr
    )
