"""A reset removes what we made, and nothing that others made."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from catalogue import catalogue
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.database import database_url
from productpulse.errors import Exit, PulseError
from productpulse.loader.load import load

Query = Callable[[str], list[tuple]]
USERS = "user_id,created_at\nu1,2024-01-01\n"


@pytest.fixture
def loaded(query: Query, tmp_path: Path) -> Query:
    """An own schema, and objects in ours that belong to others; a folder loaded beside them."""
    query(
        "create schema marts; create table marts.company_kpis (x int); create schema company;"
        "create view company.kpis as select * from marts.company_kpis; create schema staging;"
        "create view staging.other as select 1 as x;"
        "comment on view staging.other is 'Beside what was made by productpulse';"
        "insert into marts.company_kpis values (1)"
    )
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "users.csv").write_text(USERS)
    query("create schema raw; create table raw.customers (id int)")
    load(folder)
    return query


def test_only_what_is_ours_goes_and_is_listed_first(loaded: Query, tmp_path: Path) -> None:
    theirs = re.compile(r"marts|staging|company|public|raw$|raw\.customers")
    before = {n: told for n, told in catalogue(database_url()).items() if theirs.match(n)}
    trips = tmp_path / "lake" / "trips"
    trips.mkdir()
    for file in (trips / "loads.parquet", tmp_path / "lake" / "warehouse.duckdb-of-mine"):
        file.write_text("mine")
    told = CliRunner().invoke(app, ["reset", "--yes"])
    assert told.exit_code == Exit.OK, told.exception
    gone, left = told.stdout.split("made by others, kept:")
    assert "raw (12): accounts, events" in gone and "audit (2): loads, rejected_rows" in gone
    assert "marts (1): company_kpis" in left and "raw (1): customers" in left
    assert catalogue(database_url()) == before
    left_files = {path.name for path in (tmp_path / "lake").rglob("*")}
    assert left_files == {"trips", "loads.parquet", "warehouse.duckdb-of-mine"}


def test_without_a_word_nothing_goes(loaded: Query) -> None:
    before = catalogue(database_url())
    told = CliRunner().invoke(app, ["reset"])
    assert isinstance(told.exception, PulseError) and "--yes" in str(told.exception)
    assert "raw (12)" in told.stdout
    assert catalogue(database_url()) == before


@pytest.mark.parametrize(
    "theirs",
    [
        "create view company.people as select user_id from raw.users",
        "create materialized view company.people as select user_id from raw.users",
        "create function company.people() returns bigint begin atomic;"
        " select count(*) from raw.users; end",
    ],
)
def test_what_others_depend_on_stays_with_all_the_rest(loaded: Query, theirs: str) -> None:
    loaded(theirs)
    before = catalogue(database_url())
    told = CliRunner().invoke(app, ["reset", "--yes"])
    assert isinstance(told.exception, PulseError)
    assert "company.people" in str(told.exception) and "nothing was removed" in str(told.exception)
    assert catalogue(database_url()) == before


def test_each_reset_removes_its_own_kind_of_data(loaded: Query, tmp_path: Path) -> None:
    before = catalogue(database_url())
    told = CliRunner().invoke(app, ["reset-demo", "--yes"])
    assert "use `productpulse reset` to remove" in str(told.exception)
    assert catalogue(database_url()) == before
    loaded("update audit.loads set origin = 'simulated'")
    told = CliRunner().invoke(app, ["reset", "--yes"])
    assert "use `productpulse reset-demo` to remove" in str(told.exception)
    assert CliRunner().invoke(app, ["reset-demo", "--yes"]).exit_code == Exit.OK
    assert loaded("select to_regclass('raw.users'), to_regclass('audit.loads')") == [(None, None)]
