"""What dbt compiled, models and tests, as SQL in which relations are `ref.<name>`."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

QUALIFIED = re.compile(r'"warehouse"\."\w+"\."(\w+)"')
REFERENCE = re.compile(r"\bref\.(\w+)")


@dataclass(frozen=True)
class Model:
    """A model. `seconds`: what it took to build; `has_contract`: its columns are cast to types."""

    name: str
    sql: str
    reads: frozenset[str]
    seconds: float
    has_contract: bool


@dataclass(frozen=True)
class DataTest:
    """A query that returns no row where everything is correct, and the relations it reads."""

    name: str
    sql: str
    reads: frozenset[str]


@dataclass(frozen=True)
class UnitTest:
    """A model over its fixtures (`sql`), and a query around it: rows actual and expected."""

    name: str
    model: str
    sql: str
    query: str


@dataclass(frozen=True)
class Project:
    """All of one build."""

    build_time: str
    models: dict[str, Model]
    data_tests: tuple[DataTest, ...]
    unit_tests: tuple[UnitTest, ...]

    @cached_property
    def children(self) -> dict[str, set[str]]:
        """Models by what they read."""
        found: dict[str, set[str]] = {}
        for model in self.models.values():
            for name in model.reads:
                found.setdefault(name, set()).add(model.name)
        return found

    def below(self, name: str) -> set[str]:
        """The model and everything made from it."""
        found = {name}
        waiting = [name]
        while waiting:
            for child in self.children.get(waiting.pop(), set()) - found:
                found.add(child)
                waiting.append(child)
        return found


def read_project(target: Path) -> Project:
    """The project as the target folder of a build describes it."""
    manifest = json.loads((target / "manifest.json").read_text())
    started = datetime.fromisoformat(manifest["metadata"]["run_started_at"])
    build_time = f"cast('{started:%Y-%m-%d %H:%M:%S.%f}' as timestamp)"

    def plain(sql: str) -> str:
        # no two builds have the same, and names of changes must last
        return QUALIFIED.sub(r"ref.\1", sql).replace(build_time, "build_time()")

    results = {
        result["unique_id"]: result
        for result in json.loads((target / "run_results.json").read_text())["results"]
    }
    models, data_tests = {}, []
    for key, node in manifest["nodes"].items():
        if node["resource_type"] == "model":
            models[node["name"]] = Model(
                node["name"],
                plain(node["compiled_code"]),
                _reads(node),
                results[key]["execution_time"],
                node["contract"]["enforced"],
            )
        elif key in results and node["config"].get("severity", "").lower() == "error":
            data_tests.append(DataTest(node["name"], plain(node["compiled_code"]), _reads(node)))
    unit_tests = []
    for key, node in manifest["unit_tests"].items():
        if key in results:
            folder = target / "run" / node["package_name"] / node["original_file_path"]
            (query,) = folder.rglob(f"{node['name']}.sql")
            unit_tests.append(
                UnitTest(
                    node["name"], node["model"], results[key]["compiled_code"], query.read_text()
                )
            )
    return Project(build_time, models, tuple(data_tests), tuple(unit_tests))


def _reads(node: dict[str, Any]) -> frozenset[str]:
    return frozenset(key.split(".")[-1] for key in node["depends_on"]["nodes"])
