"""Builds the warehouses for the property tests: any loads, by default on DuckDB."""

import json
from collections.abc import Callable

import pytest
from oracle import Reference, read_reference
from oracle.worlds import write_world
from warehouse import Warehouse, copy_project

from productpulse.errors import Exit
from productpulse.paths import project_root

from .variants import Variant, plain

Build = Callable[..., Warehouse]
# Two companies together change track records; the oracle tests cover these.
WITHOUT_RECORDS = {"rule_min_churns": 1_000_000}


@pytest.fixture(scope="session")
def reference() -> Reference:
    return read_reference(project_root() / "seeds")


@pytest.fixture(scope="session")
def build(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Build:
    """Makes a warehouse by name and variant; `tests`: with the data tests of dbt."""

    def made(name: str, variant: Variant, target: str = "duckdb", tests: bool = False) -> Warehouse:
        warehouse = new_warehouse(f"property_{name}")
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in variant.environment.items():
                patch.setenv(variable, value)
            for number, load in enumerate(variant.loads, start=1):
                folder = tmp_path_factory.mktemp("load")
                write_world(load, folder)
                done = warehouse.command("load", folder, "--target", target, check=False)
                # a load does not know of the vars of a later build, by which old dates may count
                assert done.returncode in (Exit.OK, Exit.PARTLY_LOADED), done.stderr[-4000:]
                if variant.is_built_each or number == len(variant.loads):
                    build_variant(warehouse, variant, target, tests)
        return warehouse

    return made


@pytest.fixture(scope="session")
def in_order(build: Build, reference: Reference) -> Warehouse:
    """The plain world, with its tests passed."""
    return build("plain", Variant([plain(reference)]), tests=True)


def build_variant(warehouse: Warehouse, variant: Variant, target: str, tests: bool = False) -> None:
    """Run dbt on the loaded rows, with the seeds and variables of a variant."""
    project = None
    if variant.seed:
        project = warehouse.home / "project"
        copy_project(project)
        for path in (project / "seeds").glob("*.csv"):
            path.write_text(variant.seed(path.read_text()))
    warehouse.dbt(
        *("build", target, "--exclude-resource-type", "unit_test", *(() if tests else ("test",))),
        *("--vars", json.dumps(WITHOUT_RECORDS | variant.variables)),
        project=project,
    )
