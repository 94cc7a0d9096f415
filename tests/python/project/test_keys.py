"""Marts have their keys in Postgres, also after only a dimension is rebuilt."""

from keys import DIMENSIONS, MARTS, foreign_keys, primary_keys, wanted_foreign_keys
from warehouse import Warehouse

import compiled
import entities
from productpulse.marts import grain
from productpulse.paths import project_root


def test_every_mart_has_its_grain_for_a_key(ran: tuple[Warehouse, str]) -> None:
    warehouse, _ = ran
    assert primary_keys(warehouse) == {name: grain(entry) for name, entry in MARTS.items()}


def test_columns_that_name_a_dimension_are_foreign_keys_also_when_it_is_made_again(
    ran: tuple[Warehouse, str],
) -> None:
    warehouse, said = ran
    assert "has rows that are not in" not in said
    assert foreign_keys(warehouse) == wanted_foreign_keys()
    warehouse.dbt("run", "postgres", "--select", "dim_users")
    assert foreign_keys(warehouse) == wanted_foreign_keys()


def test_every_dimension_has_facts() -> None:
    assert {column for _, column in wanted_foreign_keys()} == DIMENSIONS.keys()


def test_the_page_of_entities_is_that_of_the_models() -> None:
    assert (project_root() / entities.PAGE).read_text() == entities.page(), (
        "run python scripts/entities.py"
    )


def test_the_page_of_compiled_sql_is_that_of_the_model() -> None:
    assert (project_root() / compiled.PAGE).read_text() == compiled.page(), (
        "run python scripts/compiled.py"
    )
