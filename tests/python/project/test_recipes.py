"""The recipes in CONTRIBUTING.md: applied to a copy of the project, they do what they say."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from warehouse import ENGINES, Warehouse, copy_project

from productpulse.dbt import TARGETS
from productpulse.paths import project_root

ROOT = project_root()
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
BLOCK = re.compile(r"```(sql|yaml|csv|diff) (\S+)\n(.*?)```", re.DOTALL)
USERS = "user_id,created_at,department\nu,2024-01-01,research\n"
EVENTS = "event_id,user_id,event_name,occurred_at\n" + "".join(
    f"e{n},u,{name},2024-01-0{n}T0{n}:00:00Z\n"
    for n, name in enumerate(("report_viewed", "comment_added"), 1)
)
EVENTS += "e3,u,comment_added,2024-01-02T09:00:00Z\n"


def recipe(title: str) -> str:
    """The text of a recipe, from its heading to the next one."""
    return TEXT.split(f"\n### {title}\n")[1].split("\n### ")[0]


def apply(title: str, project: Path) -> None:
    """Do in `project` what the blocks of a recipe say."""
    blocks = BLOCK.findall(recipe(title))
    assert blocks
    for kind, name, text in blocks:
        path = project / name
        if kind == "diff":
            lines = text.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] == " ")
            after = "".join(line[1:] for line in lines)
            found = path.read_text()
            assert found.count(before) == 1, f"{name} has not exactly one\n{before}"
            path.write_text(found.replace(before, after))
        elif kind == "csv":
            path.write_text(path.read_text().rstrip("\n") + "\n" + text)
        else:
            assert not path.exists()
            path.write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    copy_project(folder)
    # recipes write into the models
    for name in ("metrics", "models"):
        (folder / name).unlink()
        shutil.copytree(ROOT / name, folder / name)
    return folder


def built(warehouse: Warehouse, project: Path, *selected: str) -> None:
    # tests of what is selected, and none that ask for more
    only = ("--indirect-selection", "cautious")
    warehouse.dbt("build", "duckdb", *only, "--select", *selected, project=project)


def test_a_metric_is_a_model_with_its_test(
    project: Path, new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    warehouse = new_warehouse("recipe_metric")
    loaded(warehouse, tmp_path)
    apply("A metric", project)
    before = warehouse.command("metric", "check", cwd=ROOT).stdout
    assert int(before.split()[0]) + 1 == int(
        warehouse.command("metric", "check", cwd=project).stdout.split()[0]
    )
    built(warehouse, project, "+fct_busy_users_daily")
    rows = warehouse.rows("select date::text, busy_users from marts.fct_busy_users_daily", "duckdb")
    assert rows == [("2024-01-02", 1)]


def test_a_funnel_is_a_row_and_its_steps(
    project: Path, new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    warehouse = new_warehouse("recipe_funnel")
    loaded(warehouse, tmp_path)
    apply("A funnel", project)
    built(warehouse, project, "+fct_funnel_steps")
    steps = (
        "select step_name, users from marts.fct_funnel_steps"
        " where funnel_id = 'reading' and segment_name = 'all' order by step_number"
    )
    assert warehouse.rows(steps, "duckdb") == [("Report viewed", 1), ("Comment added", 1)]


def test_a_source_column_is_loaded_and_reaches_staging(
    project: Path, new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    warehouse = new_warehouse("recipe_column")
    apply("A source column", project)
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "users.csv").write_text(USERS)
    warehouse.command("load", raw, cwd=project)
    built(warehouse, project, "+stg_app__users")
    department = "select user_id, department from staging.stg_app__users"
    assert warehouse.rows(department, "duckdb") == [("u", "research")]
    assert warehouse.rows("select department from raw.users") == [("research",)]


def test_an_engine_is_named_in_one_place_for_programs_and_one_for_tests() -> None:
    assert ENGINES == TARGETS
    steps = recipe("An engine")
    for name in re.findall(r"`((?:scripts|tests|macros)/\S+|\S+\.(?:yml|toml))`", steps):
        assert (ROOT / name).exists(), name
    for path in (ROOT / "macros" / "cross_db").glob("*.sql"):
        text = path.read_text()
        for macro in re.findall(r"adapter\.dispatch\('(\w+)'\)", text):
            assert f"default__{macro}" in text, macro
    for path in (ROOT / "tests" / "python").rglob("*.py"):
        if path.name not in ("warehouse.py", Path(__file__).name):
            assert not re.search(r"""[\[(]"postgres", "duckdb"[\])]""", path.read_text()), path


def loaded(warehouse: Warehouse, folder: Path) -> None:
    """Two files: a user, and events that two recipes count."""
    raw = folder / "raw"
    raw.mkdir()
    (raw / "users.csv").write_text(USERS.replace(",department", "").replace(",research", ""))
    (raw / "events.csv").write_text(EVENTS)
    warehouse.command("load", raw, "--complete-until", "2024-01-03")
