"""A rule that cannot mean anything stops the build, by its name."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from warehouse import Warehouse

from productpulse.paths import project_root

ROOT = project_root()

# Per seed: what is replaced by what in its CSV, and what the build then says.
WRONG = [
    {
        "churn_rules": (
            ",failed_payments,",
            ",falied_payments,",
            "churn_rules, rule payment_failed: there is no signal 'falied_payments', there are",
        ),
        "recommendation_rules": (
            ",finance,",
            ",,",
            "recommendation_rules, rule recover_payment: it has no owner",
        ),
    },
    {
        "leakage_rules": (
            "4,0,revenue operations,",
            "4,0,,",
            "leakage_rules, rule discount_after_end: it has no owner",
        ),
        "churn_rules": (
            "detractors,Unhappy answers,nps_score,<=",
            "detractors,Unhappy answers,nps_score,=<",
            "churn_rules, rule detractors: there is no operator '=<', there are <, <=, =, >=, >",
        ),
        "recommendation_rules": (
            "wake_up,",
            "fill_seats,",
            "recommendation_rules, rule fill_seats: two rules have this rule_id",
        ),
    },
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_rule_stops_the_build_with_a_line_that_names_it(
    wrong: dict[str, tuple[str, str, str]],
    new_warehouse: Callable[[str], Warehouse],
    tmp_path: Path,
) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    for seed, (right, spoilt, _) in wrong.items():
        path = tmp_path / "seeds" / f"{seed}.csv"
        text = path.read_text()
        assert right in text
        path.write_text(text.replace(right, spoilt))
    shutil.copy(ROOT / "dbt_project.yml", tmp_path)
    shutil.copy(ROOT / "profiles.example.yml", tmp_path / "profiles.yml")
    for name in ("macros", "models", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    warehouse = new_warehouse("rules")
    warehouse.lake.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            *(Path(sys.executable).parent / "dbt", "build", "--target", "duckdb"),
            *("--resource-type", "seed", "--resource-type", "model", "--no-use-colors"),
            *("--select", *wrong, *(f"stg_reference__{seed}" for seed in wrong)),
            *("--project-dir", tmp_path, "--profiles-dir", tmp_path),
        ],
        env=warehouse.environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    for _, _, said in wrong.values():
        assert said in done.stdout
