"""A load touches nothing that others made; after a dump and restore it still knows what is ours."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from catalogue import catalogue

from productpulse import server
from productpulse.database import child_environment, database_url
from productpulse.errors import PulseError
from productpulse.loader.load import load
from productpulse.schemas import VARIABLE

Query = Callable[[str], list[tuple]]
USERS = "user_id,created_at\nu1,2024-01-01\n"
EVENTS = "event_id,user_id,event_name,occurred_at\ne1,u1,login,2024-01-01\n"
THEIRS = (
    "create schema raw; create table raw.users (id int primary key, mail text);"
    "insert into raw.users values (1, 'a'); comment on table raw.users is 'The app''s users.';"
    "create view public.mails as select mail from raw.users"
)


def folder(place: Path, **tables: str) -> Path:
    place.mkdir()
    for name, text in tables.items():
        (place / f"{name}.csv").write_text(text)
    return place


def test_somebody_elses_raw_table_is_neither_altered_nor_loaded_into(
    query: Query, tmp_path: Path
) -> None:
    query(THEIRS)
    before = catalogue(database_url())
    with pytest.raises(PulseError, match=r"^raw\.users: not made by productpulse") as told:
        load(folder(tmp_path / "in", users=USERS))
    assert VARIABLE in str(told.value) and "\n" not in str(told.value)
    assert "comment on table raw.users is 'made by productpulse'" in str(told.value)
    assert catalogue(database_url()) == before
    assert not list((tmp_path / "lake").glob("*/users.parquet"))


def test_other_tables_are_loaded_beside_somebody_elses(query: Query, tmp_path: Path) -> None:
    query(THEIRS)
    before = catalogue(database_url())
    load(folder(tmp_path / "in", events=EVENTS))
    after = catalogue(database_url())
    assert {name: after[name] for name in before} == before
    assert query("select count(*) from raw.events") == [(1,)]


def test_a_prefix_loads_beside_somebody_elses(
    query: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query(THEIRS)
    before = catalogue(database_url())
    monkeypatch.setenv(VARIABLE, "pulse_")
    load(folder(tmp_path / "in", users=USERS))
    after = catalogue(database_url())
    assert {name: after[name] for name in before} == before
    assert query("select user_id from pulse_raw.users") == [("u1",)]


def test_an_audit_table_of_somebody_else_is_left_alone(query: Query, tmp_path: Path) -> None:
    query("create schema audit; create table audit.loads (whose text)")
    before = catalogue(database_url())
    with pytest.raises(PulseError, match=r"^audit\.loads: not made by productpulse"):
        load(folder(tmp_path / "in", users=USERS))
    assert catalogue(database_url()) == before


def test_what_is_ours_is_known_after_dump_and_restore(query: Query, tmp_path: Path) -> None:
    load(folder(tmp_path / "first", users=USERS))
    environment = child_environment(database_url())
    dump = subprocess.run(
        [str(server.program("pg_dump")), "--schema=raw", "--schema=audit"],
        env=environment,
        capture_output=True,
        check=True,
    ).stdout
    query("drop schema raw cascade; drop schema audit cascade")
    subprocess.run(
        [str(server.program("psql")), "-qX", "--set=ON_ERROR_STOP=1"],
        env=environment,
        input=dump,
        capture_output=True,
        check=True,
    )
    load(folder(tmp_path / "second", users=USERS.replace("u1", "u2")))
    assert query("select user_id from raw.users order by 1") == [("u1",), ("u2",)]
