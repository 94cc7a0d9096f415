"""Every test of dbt holds on a warehouse in order, and notices what is changed behind its back."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from oracle import Reference

from productpulse.paths import project_root

from .conftest import Build
from .corruptions import CORRUPTIONS
from .variants import Variant, plain

TESTS = {
    path.stem.removeprefix("assert_"): path
    for path in (project_root() / "tests" / "dbt").glob("*/*.sql")
}


def test_every_test_has_something_to_notice() -> None:
    assert CORRUPTIONS.keys() == TESTS.keys()


@pytest.fixture(scope="session")
def compiled(
    build: Build, reference: Reference
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A built warehouse that may be changed, and the folder of the tests as dbt ran them."""
    warehouse = build("in_order", Variant([plain(reference)]), tests=True)
    folder = (
        warehouse.dbt_folder("duckdb") / "target" / "compiled" / "productpulse" / "tests" / "dbt"
    )
    with closing(duckdb.connect(str(warehouse.lake / "warehouse.duckdb"))) as connection:
        yield connection, folder


@pytest.mark.slow
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_test_of_dbt_notices_what_it_is_for(
    name: str, compiled: tuple[duckdb.DuckDBPyConnection, Path]
) -> None:
    connection, folder = compiled
    query = (folder / TESTS[name].parent.name / TESTS[name].name).read_text()
    before = connection.execute(query).fetchall()
    for statement in CORRUPTIONS[name]:
        connection.execute("begin")
        try:
            ((rows,),) = connection.execute(statement).fetchall()
            assert rows, f"nothing to change: {statement}"
            assert len(connection.execute(query).fetchall()) > len(before), statement
        finally:
            connection.execute("rollback")
