"""`evaluate_ab` in Python and the results in SQL say the same of the same users."""

import math
from collections import defaultdict
from typing import Any

import pandas as pd
import pytest
from warehouse import ENGINES

from productpulse.experiments import evaluate_ab

from .conftest import Answered

FIGURES = (
    *("users", "control_users", "mean", "control_mean", "variance", "control_variance", "effect"),
    *("ci_low", "ci_high", "relative_effect", "relative_ci_low", "relative_ci_high", "statistic"),
    *("degrees_of_freedom", "p_value", "power", "mde"),
)


@pytest.mark.parametrize("engine", ENGINES)
def test_sql_and_python_agree_to_nine_digits(answered: Answered, engine: str) -> None:
    outcomes: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in answered.warehouse.table(
        "intermediate.int_experiments__outcomes", engine, "week_number = 0 and is_closed"
    ):
        outcomes[row["experiment_id"], row["metric_id"]].append(row)
    controls = {
        row["experiment_id"]: row["control_variant"]
        for row in answered.company.reference["experiments"]
    }
    compared = 0
    for row in answered.warehouse.table("fct_experiment_results", engine):
        control = controls[row["experiment_id"]]
        frame = pd.DataFrame(
            outcomes[row["experiment_id"], row["metric_id"]],
            columns=["variant", "value", "denominator", "covariate"],
        )
        found = evaluate_ab(
            frame,
            control=control,
            method=row["method"],
            denominator="denominator" if row["metric_kind"] == "ratio" else None,
            covariate="covariate" if row["method"] == "cuped" else None,
            alpha=answered.params.experiment_alpha,
            power=answered.params.experiment_power,
            minimum_effect=row["minimum_effect"],
            planned_shares={control: 1, row["variant"]: 1},
        )
        (evaluation,) = (one for one in found if one.variant == row["variant"])
        for name in FIGURES:
            expected, own = row[name], getattr(evaluation, name)
            assert (expected is None) == (own is None), (row, name, own)
            if own is not None:
                close = math.isclose(own, expected, rel_tol=1e-9, abs_tol=1e-12)
                assert close, (row, name, own)
        assert (evaluation.reason is None) == (row["p_value"] is not None)
        compared += row["p_value"] is not None
    assert compared > 10
