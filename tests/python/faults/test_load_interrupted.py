"""A load that dies leaves nothing half done, wherever it dies; only one load runs at a time."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import productpulse
from productpulse.cli import app
from productpulse.errors import Exit
from productpulse.loader.load import load
from productpulse.loader.postgres_sink import open_postgres
from productpulse.paths import project_root

from .waiting import until

Query = Callable[[str], list[tuple]]
PACKAGES = str(Path(productpulse.__file__).resolve().parents[1])

USERS = "user_id,created_at\nu1,2024-01-01\nu2,yesterday\n"
EVENTS = "event_id,event_name,occurred_at\n" + "".join(f"e{i},a,2024-01-01\n" for i in range(5000))

# A load that stops for good in the middle of the COPY of events.
HANGS_IN_COPY = """
import io, sys, time
from pathlib import Path
from productpulse.loader import postgres_sink

class Hanging(io.BytesIO):
    def read(self, size=-1):
        if b"e4999" not in self.getbuffer().tobytes():
            return super().read(size)
        if self.tell():
            Path(sys.argv[0]).touch()
            time.sleep(600)
        return super().read(2000)

postgres_sink.BytesIO = Hanging
from productpulse import cli
ready = sys.argv[1]
sys.argv = [ready, "load", sys.argv[2]]
cli.main()
"""
# A load that stops between two COPYs: inside a COPY, Python reacts to no signal.
HANGS_BETWEEN_COPIES = """
import sys, time
from pathlib import Path
from productpulse import cli
from productpulse.loader.postgres_sink import PostgresSink

ready = Path(sys.argv[1])
write = PostgresSink.write
def write_and_hang(self, rows, rejected):
    write(self, rows, rejected)
    if rows.num_rows == 5000:
        ready.touch()
        time.sleep(600)

PostgresSink.write = write_and_hang
sys.argv = ["productpulse", "load", sys.argv[2]]
cli.main()
"""
DIES_BEFORE_THE_LAKE = """
import os, sys
from pathlib import Path
from productpulse.loader.lake_sink import LakeSink
LakeSink.publish = lambda self: os._exit(9)
from productpulse.loader.load import load
load(Path(sys.argv[1]))
"""


def start(code: str, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": PACKAGES},
        cwd=project_root(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    place.mkdir()
    (place / "users.csv").write_text(USERS)
    (place / "events.csv").write_text(EVENTS)
    return place


def start_and_wait(code: str, folder: Path) -> subprocess.Popen:
    ready = folder.parent / "ready"
    process = start(code, str(ready), str(folder))
    until(ready.exists, process)
    return process


def nothing_is_loaded(query: Query) -> bool:
    tables = ("raw.users", "raw.events", "audit.loads", "audit.rejected_rows")
    counts = [query(f"select count(*) from {table}")[0][0] for table in tables]
    return counts == [0, 0, 0, 0] and not lake_folders()


def lake_folders() -> list[str]:
    lake = Path(os.environ["PULSE_LAKE"])
    return sorted(path.name for path in lake.glob("*") if not path.name.startswith("."))


def is_free(query: Query) -> bool:
    return not query("select 1 from pg_locks where locktype = 'advisory'")


def test_a_killed_load_leaves_nothing_and_the_next_one_loads_all(
    query: Query, folder: Path
) -> None:
    process = start_and_wait(HANGS_IN_COPY, folder)
    incoming = Path(os.environ["PULSE_LAKE"]) / ".incoming"
    assert list(incoming.glob("*/*.parquet"))
    assert query("select count(*) from pg_stat_activity where query like 'copy%'") != [(0,)]
    process.kill()
    process.communicate()
    until(lambda: is_free(query))
    assert nothing_is_loaded(query)

    report = load(folder)
    assert {f.table: f.loaded_rows for f in report.files} == {"users": 1, "events": 5000}
    assert query("select count(*) from raw.events") == [(5000,)]
    assert lake_folders() == [report.load_id]
    assert not incoming.exists()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, 128 + signal.SIGTERM)],
)
def test_an_interrupted_load_rolls_back_without_a_traceback(
    query: Query, folder: Path, number: signal.Signals, code: int
) -> None:
    process = start_and_wait(HANGS_BETWEEN_COPIES, folder)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in said
    assert "loading: stopped" in said
    until(lambda: is_free(query))
    assert nothing_is_loaded(query)
    assert not (Path(os.environ["PULSE_LAKE"]) / ".incoming").exists()


def test_a_load_that_dies_between_postgres_and_the_lake_is_completed_in_the_lake_only(
    query: Query, folder: Path
) -> None:
    process = start(DIES_BEFORE_THE_LAKE, str(folder))
    process.communicate()
    assert process.returncode == 9
    until(lambda: is_free(query))
    before = query("select load_id, loaded_at, count(*) from raw.events group by 1, 2")
    assert before[0][2] == 5000
    assert not lake_folders()

    report = load(folder)
    assert {file.loaded_into for file in report.files} == {("lake",)}
    assert query("select load_id, loaded_at, count(*) from raw.events group by 1, 2") == before
    assert query("select count(*) from audit.loads") == [(2,)]
    assert query("select count(*) from audit.rejected_rows") == [(1,)]
    assert lake_folders() == [before[0][0]]
    assert all(file.already_loaded for file in load(folder).files)


def test_a_second_load_at_the_same_time_gives_up_in_one_line(query: Query, folder: Path) -> None:
    with open_postgres():
        other = start("from productpulse.cli import main; main()", "load", str(folder))
        _, said = other.communicate()
    assert other.returncode == Exit.FAILED
    (line,) = said.splitlines()
    assert line.startswith("error: another load or build is running on this database since")
    assert nothing_is_loaded(query)


def test_a_second_load_into_the_lake_gives_up_too(query: Query, folder: Path) -> None:
    lake = Path(os.environ["PULSE_LAKE"])
    lake.mkdir()
    with (lake / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = CliRunner().invoke(app, ["load", str(folder)])
    assert "another load or build is running" in str(told.exception)
    assert nothing_is_loaded(query)


def test_what_postgres_refuses_is_one_line_and_nothing_is_loaded(
    query: Query, folder: Path
) -> None:
    query("create schema raw")
    query("create table raw.events (event_id int)")
    query("comment on table raw.events is 'made by productpulse'")
    told = CliRunner().invoke(app, ["load", str(folder)])
    assert told.exit_code == Exit.FAILED
    assert str(told.exception).startswith("Postgres: invalid input syntax for type integer")
    assert "\n" not in str(told.exception)
    assert nothing_is_loaded(query)


def test_a_lake_that_cannot_be_written_is_one_line_and_nothing_is_loaded(
    query: Query, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = folder.parent / "blocked"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setenv("PULSE_LAKE", str(blocked))
    told = CliRunner().invoke(app, ["load", str(folder)])
    assert told.exit_code == Exit.FAILED
    assert str(told.exception).startswith(f"{blocked}: ")
    assert query("select count(*) from audit.loads") == [(0,)]


def test_a_damaged_ledger_of_the_lake_is_one_line_that_says_which(
    query: Query, folder: Path
) -> None:
    report = load(folder)
    ledger = Path(os.environ["PULSE_LAKE"]) / str(report.load_id) / "loads.parquet"
    ledger.write_bytes(b"nonsense")
    told = CliRunner().invoke(app, ["load", str(folder)])
    assert told.exit_code == Exit.FAILED
    assert str(told.exception).startswith(f"{ledger}: this ledger cannot be read: remove ")
