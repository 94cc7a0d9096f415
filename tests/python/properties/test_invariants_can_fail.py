"""Every dbt test passes on a correct warehouse, and notices what is changed in it."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from warehouse import Warehouse

from productpulse.paths import project_root

from .corruptions import CORRUPTIONS

TESTS = {path.stem: path for path in (project_root() / "tests" / "dbt").glob("*/*.sql")}


def test_every_test_has_something_to_notice() -> None:
    assert CORRUPTIONS.keys() == TESTS.keys()


@pytest.fixture(scope="session")
def compiled(
    in_order: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A warehouse that may be changed, and the folder of the tests as dbt ran them."""
    file = in_order.lake / "warehouse.duckdb"
    copy = shutil.copy(file, tmp_path_factory.mktemp("copy"))
    folder = in_order.dbt_folder("duckdb") / "target" / "compiled" / "productpulse"
    with closing(duckdb.connect(copy)) as connection:
        yield connection, folder / "tests" / "dbt"


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
