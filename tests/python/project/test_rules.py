"""A rule without a possible meaning stops the build with its name."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from warehouse import Warehouse, copy_project

# Per seed: a replacement in its CSV, and the message of the build.
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
    project = tmp_path / "project"
    copy_project(project)
    for seed, (right, spoilt, _) in wrong.items():
        path = project / "seeds" / f"{seed}.csv"
        text = path.read_text()
        assert right in text
        path.write_text(text.replace(right, spoilt))
    # a column that a file lacks is empty, and does not stop the build
    path = project / "seeds" / "experiments.csv"
    lines = list(csv.reader(path.read_text().splitlines()))
    assert lines[0][-1] == "description"
    path.write_text("\n".join(",".join(line[:-1]) for line in lines))
    warehouse = new_warehouse("rules")
    warehouse.lake.mkdir(parents=True, exist_ok=True)
    done = warehouse.dbt(
        *("build", "duckdb", "--no-use-colors"),
        *("--resource-type", "seed", "--resource-type", "model"),
        *("--select", "experiments", "stg_reference__experiments"),
        *(name for seed in wrong for name in (seed, f"stg_reference__{seed}")),
        project=project,
        check=False,
    )
    assert done.returncode == 1
    assert "OK created sql view model staging.stg_reference__experiments" in done.stdout
    for _, _, said in wrong.values():
        assert said in done.stdout


def test_a_funnel_that_cannot_be_counted_stops_the_build_with_a_line_that_names_it(
    new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    copy_project(project)
    with (project / "seeds" / "funnel_steps.csv").open("a") as steps:
        steps.writelines(f"sharing,{number},,report_viewed,,\n" for number in range(4, 22))
    funnels = project / "seeds" / "funnels.csv"
    funnels.write_text(funnels.read_text().replace(",house,any_order,", ",hous,any_order,"))
    warehouse = new_warehouse("funnels_wrong")
    warehouse.lake.mkdir(parents=True, exist_ok=True)
    names = ("funnels", "funnel_steps")
    done = warehouse.dbt(
        *("build", "duckdb", "--no-use-colors", "--exclude-resource-type", "unit_test"),
        *("--select", "funnel_profiles", *names, *(f"stg_reference__{name}" for name in names)),
        *("--indirect-selection", "cautious"),
        project=project,
        check=False,
    )
    assert done.returncode == 1
    for said in (
        "funnel_steps, funnel sharing: it has 21 steps, and at most 20 are allowed: remove some",
        "funnels, funnel team_setup: there is no profile 'hous', there are amplitude, house,",
    ):
        assert said in done.stdout
