"""Only one load or build runs at a time, also when one is dying."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from sqlalchemy import URL, make_url
from typer.testing import CliRunner

from productpulse import lock
from productpulse.cli import app
from productpulse.database import BUILDER, LEARNER, LOADER, connect
from productpulse.errors import Exit, PulseError

Query = Callable[[str], list[tuple]]


@pytest.fixture
def url(query: Query) -> URL:
    """The address of the database that `query` uses."""
    return make_url(os.environ["PULSE_DATABASE_URL"])


@pytest.fixture
def at_work(url: URL) -> Iterator[Callable[[str | None], Connection]]:
    """Makes connections by name, each with a statement that runs until it is ended."""
    made = []

    def work(name: str | None) -> Connection:
        made.append(connection := connect(url, name))
        Thread(target=run_on, args=(connection,), daemon=True).start()
        return connection

    yield work
    with closing(connect(url)) as connection:
        for other in made:
            connection.cursor().execute("select pg_terminate_backend(%s)", [other.info.backend_pid])


def run_on(connection: Connection) -> None:
    with suppress(psycopg2.Error):
        connection.cursor().execute("select pg_sleep(600)")


def alive(query: Query, connection: Connection) -> bool:
    return (
        query("select 1 from pg_stat_activity where pid = " + str(connection.info.backend_pid))
        != []
    )


def test_what_a_dead_load_or_build_left_working_is_ended_and_nothing_else(
    url: URL,
    query: Query,
    at_work: Callable[[str | None], Connection],
    capfd: pytest.CaptureFixture[str],
) -> None:
    load, build, learner = at_work(LOADER), at_work(BUILDER), at_work(LEARNER)
    somebody = at_work(None)
    with lock.hold(url):
        assert not any(alive(query, work) for work in (load, build, learner))
        assert alive(query, somebody)
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("warning: a load or build before this one died")
    assert line.endswith("(3 connections)")
    with lock.hold(url):
        pass
    assert capfd.readouterr().err == ""


def test_who_returns_the_lock_leaves_nothing_working(
    url: URL,
    query: Query,
    at_work: Callable[[str | None], Connection],
    capfd: pytest.CaptureFixture[str],
) -> None:
    with lock.hold(url):
        build = at_work(BUILDER)
    assert not alive(query, build)
    for _ in range(20):
        with lock.hold(url):
            pass
    assert capfd.readouterr().err == ""


def test_work_in_another_database_is_left_alone(
    url: URL, server_url: URL, query: Query, at_work: Callable[[str | None], Connection]
) -> None:
    load = at_work(LOADER)
    with lock.hold(server_url.set(database="postgres")):
        assert alive(query, load)


def test_a_block_within_a_block_needs_no_second_lock(url: URL) -> None:
    with lock.hold(url) as outer:
        with lock.hold(url) as inner:
            assert inner is outer
        assert is_refused()
    with lock.hold(url) as another:
        assert another is not outer


def is_refused() -> bool:
    """Whether another program is told that a load or build runs, and on which connection."""
    done = subprocess.run(
        [sys.executable, "-m", "productpulse.cli", "reset-demo", "--yes"],
        capture_output=True,
        text=True,
    )
    return done.returncode == Exit.FAILED and done.stderr.startswith(
        "error: another load or build is running on this database since 20"
    )


def test_what_postgres_refuses_is_one_line(query: Query) -> None:
    query("create schema marts; create table marts.dim_dates (date date)")
    done = subprocess.run(
        [sys.executable, "-m", "productpulse.cli", "status"], capture_output=True, text=True
    )
    assert done.returncode == Exit.FAILED
    (line,) = done.stderr.splitlines()
    assert line.startswith('error: Postgres: column "is_complete" does not exist: ')


def test_a_lock_that_is_lost_is_noticed_at_once(url: URL, query: Query) -> None:
    lost = Event()
    with lock.hold(url) as held, held.watched(lost.set):
        assert not lost.wait(5 * lock.LOOK_SECONDS)
        query(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        assert lost.wait(5)
    assert "\n" not in held.loss and "connection" in held.loss


def test_a_server_that_ends_idle_connections_does_not_end_the_lock(url: URL, query: Query) -> None:
    query(f"alter database {url.database} set idle_session_timeout = '100ms'")
    lost = Event()
    with lock.hold(url) as held, held.watched(lost.set):
        assert not lost.wait(1)


def test_nothing_builds_from_a_lake_that_is_being_loaded(query: Query, tmp_path: Path) -> None:
    with lock.hold_lake(tmp_path / "lake"):
        told = CliRunner().invoke(app, ["build", "--target", "duckdb"])
    assert isinstance(told.exception, PulseError)
    assert "another load or build is running on" in str(told.exception)


def test_a_lake_is_free_again_when_its_holder_dies(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    program = (
        "import sys, pathlib, productpulse.lock as lock\n"
        "with lock.hold_lake(pathlib.Path(sys.argv[1])): print('held', flush=True), input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, lake], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(PulseError, match="another load or build"), lock.hold_lake(lake):
            pass
        holder.kill()
    for _ in range(2):
        with lock.hold_lake(lake):
            pass


def test_dbt_ends_when_its_starter_lets_go() -> None:
    def start(stdin: int) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "productpulse.leashed_dbt", "--version"],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    free, leashed, let_go = map(start, (subprocess.DEVNULL, subprocess.PIPE, subprocess.PIPE))
    let_go.communicate()
    assert let_go.returncode != 0
    assert free.wait() == leashed.wait() == 0
