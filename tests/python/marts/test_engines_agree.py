"""Postgres and DuckDB give the same marts, value by value and type by type."""

from collections.abc import Callable

import pytest

from .conftest import Answered

Record = Callable[[str, object], None]

SCHEMAS = ["marts", "audit"]
# these say when something was built and do not change the numbers
OF_BUILDS = {"incremental_builds", "builds"}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_both_engines_have_the_same_tables(answered: Answered, schema: str) -> None:
    tables = set(answered.warehouse.tables(schema)) - OF_BUILDS
    assert len(tables) >= 2
    assert set(answered.warehouse.tables(schema, "duckdb")) - OF_BUILDS == tables


@pytest.mark.parametrize("schema", SCHEMAS)
def test_both_engines_give_the_same_rows(
    answered: Answered, schema: str, record_property: Record
) -> None:
    tables = set(answered.warehouse.tables(schema)) - OF_BUILDS
    record_property("tables equal on both engines", len(tables))
    for table in tables:
        name = f"{schema}.{table}"
        found = answered.warehouse.table(name, "duckdb")
        expected = answered.warehouse.table(name)
        columns = list(expected[0]) if expected else []
        assert [list(row) for row in found[:1]] == [columns][: len(found)], name
        # bags, not sets, so that a repeated row is noticed; exact, also for floats
        assert sorted(map(typed, found)) == sorted(map(typed, expected)), name


def typed(row: dict) -> list[str]:
    """A row as text that shows types too: 1 is not 1.0 is not Decimal('1.00')."""
    values = (v.replace(tzinfo=None) if getattr(v, "tzinfo", None) else v for v in row.values())
    return [repr(value) for value in values]
