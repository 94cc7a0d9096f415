"""`evaluate_ab` against SciPy and statsmodels, also on degenerate frames, and its pictures."""

import math
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep

from productpulse.errors import PulseError
from productpulse.experiments import (
    Evaluation,
    draw_outcomes,
    evaluate_ab,
    minimum_detectable_effect,
    power_of,
    users_needed,
)


def frame(control: list, treatment: list, **more: list) -> pd.DataFrame:
    """One row per user of both arms; further columns give the control's users first."""
    names = ["control"] * len(control) + ["new"] * len(treatment)
    return pd.DataFrame({"variant": names, "value": control + treatment, **more})


def evaluated(*arms: list, **options: object) -> Evaluation:
    (found,) = evaluate_ab(frame(*arms), planned_shares={"control": 1, "new": 1}, **options)
    return found


def close(a: float | None, b: float) -> bool:
    return a is not None and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("seed", range(300))
def test_means_agree_with_the_t_test_of_scipy(seed: int) -> None:
    draw = np.random.default_rng(seed)
    arms = [
        draw.lognormal(draw.normal(), draw.uniform(0.1, 2), draw.integers(2, 400)) for _ in "ab"
    ]
    found = evaluated(arms[0].tolist(), arms[1].tolist(), method="welch", alpha=0.1)
    expected = stats.ttest_ind(arms[1], arms[0], equal_var=False)
    interval = expected.confidence_interval(0.9)
    assert close(found.p_value, expected.pvalue) and close(found.statistic, expected.statistic)
    assert close(found.degrees_of_freedom, expected.df)
    assert close(found.ci_low, interval.low) and close(found.ci_high, interval.high)
    assert found.is_significant == (expected.pvalue < 0.1)


@pytest.mark.parametrize("seed", range(300))
def test_conversions_agree_with_the_chi_square_test_and_the_wald_interval(seed: int) -> None:
    draw = np.random.default_rng(seed)
    sizes = draw.integers(10, 2000, 2)
    converted = [max(1, draw.binomial(n - 1, draw.uniform(0.02, 0.98))) for n in sizes]
    arms = [[1] * k + [0] * (n - k) for k, n in zip(converted, sizes, strict=True)]
    found = evaluated(*arms)
    table = [[k, n - k] for k, n in zip(converted, sizes, strict=True)]
    assert found.method == "z" and found.statistic is not None
    expected = stats.chi2_contingency(table, correction=False)
    assert close(found.statistic**2, expected.statistic) and close(found.p_value, expected.pvalue)
    low, high = confint_proportions_2indep(
        converted[1], sizes[1], converted[0], sizes[0], method="wald"
    )
    assert close(found.ci_low, low) and close(found.ci_high, high)


def test_a_ratio_of_ones_is_a_mean() -> None:
    draw = np.random.default_rng(1)
    plain = frame(draw.normal(5, 2, 50).tolist(), draw.normal(6, 3, 70).tolist())
    (mean,) = evaluate_ab(plain, method="welch")
    (ratio,) = evaluate_ab(plain.assign(below=1.0), denominator="below")
    assert ratio.method == "delta"
    assert close(ratio.statistic, mean.statistic or 0) and close(ratio.effect, mean.effect or 0)


def test_cuped_shrinks_the_variance_by_what_the_correlation_promises() -> None:
    draw = np.random.default_rng(2)
    before = draw.normal(10, 3, 20_000)
    after = 0.8 * before + draw.normal(0, 2, 20_000)
    values = pd.DataFrame({
        "variant": np.where(np.arange(20_000) % 2, "new", "control"),
        "value": after,
        "before": before,
    })  # fmt: skip
    (plain,) = evaluate_ab(values, method="welch")
    (adjusted,) = evaluate_ab(values, covariate="before")
    kept = 1 - np.corrcoef(before, after)[0, 1] ** 2
    assert adjusted.variance and plain.variance
    assert math.isclose(adjusted.variance / plain.variance, kept, rel_tol=0.02)


@pytest.mark.parametrize(
    "control, treatment, options, reason",
    [
        ([], [], {}, "fewer than 2 users in the control"),
        ([], [1, 0], {}, "fewer than 2 users in the control"),
        ([1, 0], [1], {}, "fewer than 2 users in the variant"),
        ([1, 2, 3], [4], {}, "fewer than 2 users in the variant"),
        ([1, 1], [1, 1], {}, "the outcome does not vary"),
        ([0, 0], [0, 0], {}, "the outcome does not vary"),
        ([40.37] * 9, [40.37] * 7, {}, "the outcome does not vary"),
        ([1.5, 2.5], [2.5, 3], {"method": "sequential"}, "no minimum effect is given"),
    ],
)
def test_degenerate_frames_give_a_reason(
    control: list, treatment: list, options: dict, reason: str
) -> None:
    found = evaluated(control, treatment, **options)
    assert found.reason == reason and found.p_value is None and not found.is_significant
    numbers = [getattr(found, one.name) for one in fields(found)]
    assert not any(isinstance(value, float) and math.isnan(value) for value in numbers)


def test_all_converted_in_one_arm_only_is_a_result() -> None:
    found = evaluated([0] * 20, [1] * 20)
    assert found.effect == 1 and found.p_value and found.p_value < 1e-9 and found.power is None


def test_a_split_that_was_not_planned_shows() -> None:
    found = evaluated([1, 0] * 300, [1, 0] * 200)
    assert close(found.srm_p_value, stats.chisquare([600, 400]).pvalue)
    (unplanned,) = evaluate_ab(frame([1, 0], [1, 0]), planned_shares={"control": 1})
    assert unplanned.srm_p_value == 0


@pytest.mark.parametrize(
    "options", [{"value": "absent"}, {"control": "absent"}, {"method": "cuped"}]
)
def test_a_wrong_call_says_what_is_wrong(options: dict) -> None:
    with pytest.raises(PulseError, match="evaluate_ab: "):
        evaluate_ab(frame([1, 0], [1, 0]), **options)


def test_power_agrees_with_statsmodels() -> None:
    plan = NormalIndPower()
    for effect in (0.05, 0.2, 0.5, 1.0):
        for n in (5, 50, 500):
            error = math.sqrt(2 / n)
            expected = plan.power(effect, n, 0.05, alternative="two-sided")
            assert close(power_of(effect, error), expected)
    needed = users_needed(0.2, 1.0)
    assert power_of(0.2, math.sqrt(4 / needed)) >= 0.8 > power_of(0.2, math.sqrt(4 / (needed - 4)))
    smallest = minimum_detectable_effect(0.1, 0.05, 0.9)
    assert math.isclose(power_of(smallest, 0.1), 0.9, rel_tol=1e-6)


def test_outcomes_are_drawn_by_variant() -> None:
    draw = np.random.default_rng(3)
    for control, treatment in (
        ([0, 1, 1], [1, 1, 0]),
        (draw.normal(size=90), draw.normal(size=80)),
    ):
        (axes,) = draw_outcomes(frame(list(control), list(treatment))).axes
        _, labels = axes.get_legend_handles_labels()
        assert [label.split(":")[0] for label in labels] == ["control", "new"]
