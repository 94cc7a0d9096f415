"""A warehouse with its own prefix works beside another one in the same database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogue import catalogue
from warehouse import PUBLIC, Warehouse

from productpulse.schemas import LAYERS

PREFIX = "beside_"
TELL_WHEN_IT_WAS_LOADED = {"fct_freshness", "fct_load_quality"}


@pytest.fixture(scope="module")
def catalogue_before(ran: tuple[Warehouse, str]) -> dict[str, str]:
    return catalogue(ran[0].url)


@pytest.fixture(scope="module")
def beside(
    ran: tuple[Warehouse, str],
    company: Path,
    catalogue_before: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Warehouse]:
    """The database of `ran` after a run with a prefix; what that run made is removed afterwards."""
    warehouse = ran[0]
    lake = tmp_path_factory.mktemp("beside") / "lake"
    warehouse.command(
        *("run", company),
        PULSE_SCHEMA_PREFIX=PREFIX,
        PULSE_LAKE=str(lake),
        DBT_EXCLUDE_RESOURCE_TYPES="test unit_test",
    )
    yield warehouse
    for layer in LAYERS:
        warehouse.execute(f"drop schema if exists {PREFIX}{layer} cascade")


def test_every_mart_is_the_same_behind_the_prefix(beside: Warehouse) -> None:
    # Learned tables beside them belong to no build.
    names = [name for name in beside.tables(PUBLIC) if name.startswith(("fct_", "dim_"))]
    assert beside.tables(PREFIX + PUBLIC) == names
    differing = set()
    for name in names:
        here, there = f"{PUBLIC}.{name}", f"{PREFIX}{PUBLIC}.{name}"
        if beside.rows(
            f"(select * from {here} except all select * from {there}) union all"
            f" (select * from {there} except all select * from {here})"
        ):
            differing.add(name)
        assert beside.rows(f"select count(*) from {here}") == beside.rows(
            f"select count(*) from {there}"
        )
    assert differing == TELL_WHEN_IT_WAS_LOADED


def test_nothing_changes_outside_the_prefixed_schemas(
    beside: Warehouse, catalogue_before: dict[str, str]
) -> None:
    after = catalogue(beside.url)
    others = {name: told for name, told in after.items() if not name.startswith(PREFIX)}
    assert others == catalogue_before
    assert len(after) > len(others)


def test_the_reader_may_read_the_prefixed_marts_and_nothing_else(beside: Warehouse) -> None:
    readable = beside.rows(
        f"select nspname from pg_namespace where nspname like '{PREFIX}%'"
        " and has_schema_privilege('pulse_reporter', oid, 'usage')"
    )
    assert readable == [(PREFIX + PUBLIC,)]
    assert beside.rows(
        f"select has_table_privilege('pulse_reporter', '{PREFIX}{PUBLIC}.dim_users', 'select')"
    ) == [(True,)]


def test_a_prefix_said_in_two_ways_is_refused(ran: tuple[Warehouse, str]) -> None:
    done = ran[0].command("build", "--vars", '{"schema_prefix": "other_"}', check=False)
    assert done.returncode == 2
    assert "schema_prefix 'other_', but PULSE_SCHEMA_PREFIX is ''" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("prefix", ["Pulse_", "1_", "a-b", "pg_x", "x" * 41, "a.b"])
def test_a_prefix_that_is_no_name_is_refused(ran: tuple[Warehouse, str], prefix: str) -> None:
    done = ran[0].command("status", check=False, PULSE_SCHEMA_PREFIX=prefix)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: PULSE_SCHEMA_PREFIX is {prefix!r}: it should be")
    assert len(done.stderr.splitlines()) == 1
