"""One parsed project for all builds of these tests, which differ only in what they read."""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from warehouse import Warehouse

from productpulse.database import connect
from productpulse.paths import project_root


@dataclass
class Dbt:
    """dbt in this process, on one warehouse."""

    warehouse: Warehouse
    manifest: Manifest | None = None

    def __call__(self, *arguments: str, sources: Any = None, heard: list[str] | None = None) -> str:
        """Run dbt; returns "" or the errors as dbt shows them. `heard` gets all messages."""
        said_vars = {"seeds_of": "own"} | ({"sources": sources} if sources is not None else {})
        given = ["--vars", yaml.safe_dump(said_vars)]
        folder = self.warehouse.home
        places = ["--project-dir", str(project_root()), "--profiles-dir", str(folder)]
        places += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
        said: list[str] = []

        def listen(event: Any) -> None:
            if heard is not None:
                heard.append(event.info.msg)
            if event.info.level == "error":
                said.append(event.info.msg)

        runner = dbtRunner(manifest=self.manifest, callbacks=[listen])
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.warehouse.environment.items():
                patch.setenv(name, value)
            done = runner.invoke(["--quiet", *arguments, *given, *places])
        if arguments[0] == "parse":
            self.manifest = done.result
        return "" if done.success else "\n".join(said) or str(done.exception)

    def build(self, *selected: str, sources: Any = None, options: tuple[str, ...] = ()) -> None:
        """Build what is selected, without tests."""
        said = self(
            "build", "--select", *selected, "--exclude-resource-type", "test",
            "--exclude-resource-type", "unit_test", *options, sources=sources,
        )  # fmt: skip
        assert not said, said

    def sql(self, statement: str) -> None:
        """Run statements as the owner of the database would."""
        with closing(connect(self.warehouse.url)) as connection, connection:
            connection.cursor().execute(statement)


@pytest.fixture(scope="session")
def parsed(new_warehouse: Callable[[str], Warehouse]) -> Manifest:
    """The project as dbt parses it, from a warehouse that stays empty."""
    dbt = on(new_warehouse("parsed"))
    assert not dbt("parse")
    assert dbt.manifest
    # dbt cannot copy a manifest with selectors, and reads those of the project anyway
    dbt.manifest.selectors = {}
    return dbt.manifest


@pytest.fixture
def new_dbt(parsed: Manifest, new_warehouse: Callable[[str], Warehouse]) -> Callable[[str], Dbt]:
    """dbt on an empty warehouse of the name given."""
    return lambda name: on(new_warehouse(name), parsed)


def on(warehouse: Warehouse, parsed: Manifest | None = None) -> Dbt:
    """dbt on a warehouse, with the project parsed for another one."""
    shutil.copy(project_root() / "profiles.example.yml", warehouse.home / "profiles.yml")
    warehouse.lake.mkdir(exist_ok=True)
    manifest = parsed and parsed.deepcopy()
    for node in [*manifest.nodes.values(), *manifest.sources.values()] if manifest else []:
        if node.relation_name:
            node.relation_name = node.relation_name.replace(node.database, warehouse.url.database)
        node.database = warehouse.url.database
    if manifest:
        manifest.build_flat_graph()
    return Dbt(warehouse, manifest)
