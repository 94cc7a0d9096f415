"""Marts have their keys in Postgres, also after a dimension alone is made again."""

import pytest
from warehouse import Warehouse

from .test_structure import MODELS, described, grain

MARTS = {path.stem: described(path) for path in MODELS if "marts" in path.parts}
DIMENSIONS = {grain(entry)[0]: name for name, entry in MARTS.items() if name.startswith("dim_")}
Keys = dict[tuple[str, str], tuple[str, bool]]


def primary_keys(warehouse: Warehouse) -> dict[str, list[str]]:
    found = warehouse.rows(
        "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint "
        "where contype = 'p' and connamespace = 'marts'::regnamespace"
    )
    return {
        table.split(".")[1]: text.split("(")[1].rstrip(")").split(", ") for table, text in found
    }


def foreign_keys(warehouse: Warehouse) -> Keys:
    """Per mart and column: the dimension, and whether all rows are known to be in it."""
    found = warehouse.rows(
        "select conrelid::regclass::text, attname, confrelid::regclass::text, convalidated "
        "from pg_constraint inner join pg_attribute on attrelid = conrelid and attnum = conkey[1] "
        "where contype = 'f' and connamespace = 'marts'::regnamespace"
    )
    return {
        (child.split(".")[1], column): (parent.split(".")[1], is_valid)
        for child, column, parent, is_valid in found
    }


def wanted() -> Keys:
    return {
        (name, column["name"]): (DIMENSIONS[column["name"]], True)
        for name, entry in MARTS.items()
        for column in entry["columns"]
        if DIMENSIONS.get(column["name"], name) != name
        and column["name"] not in entry.get("config", {}).get("meta", {}).get("without_parent", {})
    }


def test_every_mart_has_its_grain_for_a_key(ran: tuple[Warehouse, str]) -> None:
    warehouse, _ = ran
    assert primary_keys(warehouse) == {name: grain(entry) for name, entry in MARTS.items()}


def test_columns_that_name_a_dimension_are_foreign_keys_also_when_it_is_made_again(
    ran: tuple[Warehouse, str],
) -> None:
    warehouse, _ = ran
    assert len(wanted()) > 40
    assert foreign_keys(warehouse) == wanted()
    warehouse.dbt("run", "postgres", "--select", "dim_users")
    assert foreign_keys(warehouse) == wanted()


@pytest.mark.parametrize("column", DIMENSIONS)
def test_each_dimension_has_facts(column: str) -> None:
    assert any(key == column for _, key in wanted())
