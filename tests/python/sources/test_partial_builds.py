"""A changed var or seed rebuilds what depends on it, and every table is that of a full build."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from incremental.test_incremental_equals_full_refresh import contents, twin
from oracle import read_reference
from oracle.worlds import edge_world, write_world
from warehouse import Warehouse, copy_project

from productpulse.paths import project_root

# Only tables: their tests are the same as in a full build.
TABLES_ALONE = {"DBT_EXCLUDE_RESOURCE_TYPES": "unit_test test"}


@pytest.fixture(scope="session")
def company(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Warehouse, Path]:
    """A built warehouse, and the copy of the project that it was built from."""
    folder = tmp_path_factory.mktemp("project")
    copy_project(folder)
    warehouse = new_warehouse("partial")
    raw = tmp_path_factory.mktemp("raw")
    write_world(edge_world(2, read_reference(project_root() / "seeds")), raw)
    warehouse.command("load", raw)
    assert build(warehouse, folder)["changed"] == []
    return warehouse, folder


def build(warehouse: Warehouse, project: Path, *options: str, **variables: Any) -> dict[str, Any]:
    """`productpulse build` of the project in a folder, and its messages."""
    done = warehouse.command(
        *("build", "--json", "--vars", json.dumps(variables), *options),
        cwd=project,
        PULSE_PROJECT="",
        **TABLES_ALONE,
    )
    return json.loads(done.stdout)


CASES: list[Any] = [
    pytest.param({"mau_window_days": 30, "rfm_window_days": 25}, {}, id="activity"),
    pytest.param({"revenue_profile": "stripe"}, {}, id="revenue", marks=pytest.mark.slow),
    pytest.param({"retention_max_day": 12}, {}, id="retention", marks=pytest.mark.slow),
    pytest.param({"as_of_date": "2024-03-01"}, {}, id="clock", marks=pytest.mark.slow),
    pytest.param({"session_gap_minutes": 45}, {}, id="sessions", marks=pytest.mark.slow),
    pytest.param({}, {"scenarios": 1, "rfm_segments": 1}, id="seeds", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("variables", "seeds"), CASES)
def test_a_partial_build_equals_a_whole_one(
    variables: dict[str, Any], seeds: dict[str, int], company: tuple[Warehouse, Path]
) -> None:
    built, project = company
    before = {seed: (project / "seeds" / f"{seed}.csv").read_text() for seed in seeds}
    warehouse = twin(built)
    try:
        for seed, text in before.items():
            # the same rules without the last one
            (project / "seeds" / f"{seed}.csv").write_text("\n".join(text.splitlines()[:-1]) + "\n")
        did = build(warehouse, project, **variables)
        assert did["changed"] == sorted({*variables, *seeds})
        assert 0 < did["steps"] < did["steps_of_all"]
        assert build(warehouse, project, **variables)["steps"] == 0, "nothing has changed"

        whole = twin(warehouse)
        did = build(whole, project, "--full-refresh", **variables)
        assert did["changed"] == [] and did["steps"] == did["steps_of_all"]
        expected, found = contents(whole, "postgres"), contents(warehouse, "postgres")
        # the ledger of builds does not belong to the data
        for tables in (expected, found):
            del tables["audit.builds"]
        assert found.keys() == expected.keys()
        for name, rows in expected.items():
            assert found[name] == rows, f"{name}: {list(set(found[name]) ^ set(rows))[:4]}"
    finally:
        for seed, text in before.items():
            (project / "seeds" / f"{seed}.csv").write_text(text)
