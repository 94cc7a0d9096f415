"""What a build says is read from what dbt keeps: its artifacts, and lines of `leashed_dbt`."""

import json
from pathlib import Path

import pytest

from productpulse import dbt
from productpulse.console import step
from productpulse.paths import state_dir

NODES = {
    "model.productpulse.fct_x": ("success", None),
    "operation.productpulse.hook": ("success", "hook passed"),
    "test.productpulse.assert_one.0a1b": ("pass", None),
    "test.productpulse.assert_two": ("fail", "Got 2 results, configured to fail if != 0"),
    "model.productpulse.fct_y": (
        "error",
        "Database Error in model fct_y (models/fct_y.sql)\n  no table\n  compiled code at a.sql",
    ),
    "model.productpulse.fct_z": ("skipped", None),
    # dbt lists an exposure, does nothing with it, and keeps it in a part of its own
    "exposure.productpulse.dashboard": ("no-op", None),
    "exposure.productpulse.report_on_what_failed": ("skipped", None),
    "test.productpulse.assert_three": ("warn", "Got 3 results, configured to warn if != 0"),
}


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where dbt writes its artifacts in a state folder of this test's own."""
    monkeypatch.setenv("PULSE_HOME", str(tmp_path))
    folder = state_dir() / "target" / "duckdb"
    folder.mkdir(parents=True)
    return folder


def test_what_became_of_each_node_is_in_the_artifacts(target: Path) -> None:
    results = [
        {"unique_id": name, "status": status, "message": message, "compiled_code": None}
        for name, (status, message) in NODES.items()
    ]
    nodes = {
        name: {
            "resource_type": name.split(".")[0],
            "name": name.split(".")[2],
            "original_file_path": f"models/{name.split('.')[2]}.sql",
        }
        for name in NODES
        if not name.startswith("exposure.")
    }
    (target / "run_results.json").write_text(json.dumps({"results": results}))
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes, "unit_tests": {}}))
    outcome = dbt.Outcome(errors=["a hook at the end failed"])
    dbt._add_results(outcome, "duckdb", None)
    did = outcome.as_dict()
    assert (did["steps"], did["passed"], did["warned"]) == (7, 3, 1)
    assert outcome.errors == [
        "test assert_two (models/assert_two.sql): Got 2 results, configured to fail if != 0",
        "model fct_y (models/fct_y.sql): no table",
        "a hook at the end failed",
    ]
    assert outcome.warnings == [
        "test assert_three (models/assert_three.sql): Got 3 results, configured to warn if != 0"
    ]


def test_without_results_nothing_became_of_nodes(target: Path) -> None:
    outcome = dbt.Outcome()
    dbt._add_results(outcome, "duckdb", None)
    assert outcome == dbt.Outcome()


def test_what_python_prints_is_no_error_of_dbt() -> None:
    lines = ["RequestsDependencyWarning: old\n", "\n", "42\n", '{"notice": "so\\n> in macro"}\n']
    lines += ['{"node": "fct_x", "total": 4}\n', '{"error": "Runtime Error\\n  no profile"}\n']
    with step("dbt build") as progress:
        outcome = dbt._follow(lines, progress)
        assert (progress.done, progress.total, progress.note) == (1, 4, "fct_x")
    assert outcome.unasked == ["RequestsDependencyWarning: old", "42"]
    assert outcome.notices == ["so"]
    assert outcome.errors == ["no profile"]
