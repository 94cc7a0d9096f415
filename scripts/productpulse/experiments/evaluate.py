"""Evaluate an experiment from a frame of users and outcomes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from productpulse.errors import PulseError
from productpulse.experiments.power import minimum_detectable_effect, power_of

Method = Literal["z", "welch", "delta", "cuped", "sequential"]

# Two sums of squares may differ by this through rounding alone.
ROUNDING = 1e-13


@dataclass(frozen=True)
class Evaluation:
    """One treatment against the control; a number that cannot be computed is None, with a reason.

    `effect` and its interval in units of the outcome, `relative_effect` (the lift) as a fraction of
    the control's mean; the interval at 1 - alpha. `power` is for the minimum effect.
    """

    variant: str
    control: str
    method: Method
    users: int
    control_users: int
    mean: float | None = None
    control_mean: float | None = None
    variance: float | None = None
    control_variance: float | None = None
    effect: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    relative_effect: float | None = None
    relative_ci_low: float | None = None
    relative_ci_high: float | None = None
    degrees_of_freedom: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    power: float | None = None
    mde: float | None = None
    is_significant: bool = False
    srm_p_value: float | None = None
    reason: str | None = None


def evaluate_ab(
    dataframe: pd.DataFrame,
    *,
    variant: str = "variant",
    value: str = "value",
    denominator: str | None = None,
    covariate: str | None = None,
    control: str = "control",
    method: Method | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    minimum_effect: float | None = None,
    planned_shares: Mapping[str, float] | None = None,
) -> list[Evaluation]:
    """One `Evaluation` per treatment, from a frame with one row per user.

    `variant`, `value`, `denominator` (of a ratio) and `covariate` (the same measure before the
    exposure) name columns. Without a `method`: delta with a denominator, cuped with a covariate, z
    where all values are 0 or 1, else welch. `planned_shares` by variant, equal where not given, for
    the sample-ratio mismatch. Formulas are those of the mart `fct_experiment_results`.
    """
    named = [variant, value, *filter(None, (denominator, covariate))]
    if missing := [name for name in named if name not in dataframe.columns]:
        raise PulseError(
            f"evaluate_ab: the frame has no column {missing[0]}: name one of its columns"
        )
    frame = dataframe[named].dropna()
    if not np.isfinite(frame[[name for name in named if name != variant]].to_numpy(float)).all():
        raise PulseError("evaluate_ab: a value is infinite: remove such users")
    variants = [str(one) for one in pd.unique(frame[variant])]
    if planned_shares is not None:
        variants = [*planned_shares, *(one for one in variants if one not in planned_shares)]
    if control not in variants:
        raise PulseError(
            f"evaluate_ab: there is no variant {control}: control is one of {', '.join(variants)}"
        )
    columns = [value, denominator or value, covariate or value]
    measures = {
        one: frame.loc[frame[variant].astype(str) == one, columns].to_numpy(float)
        for one in variants
    }
    if method is None:
        method = _usual_method(np.concatenate(list(measures.values())), denominator, covariate)
    elif method == "cuped" and covariate is None:
        raise PulseError("evaluate_ab: cuped needs a covariate: name its column")
    elif method == "z" and not frame[value].isin((0, 1)).all():
        raise PulseError("evaluate_ab: z takes values 0 and 1 only: use welch")
    shares = {
        one: (planned_shares or {}).get(one, 0.0 if planned_shares else 1.0) for one in variants
    }
    mismatch = _sample_ratio_p_value({one: len(m) for one, m in measures.items()}, shares)
    return [
        _compare(
            Evaluation(one, control, method, len(measures[one]), len(measures[control])),
            (measures[one], measures[control]),
            is_ratio=denominator is not None,
            alpha=alpha,
            target=power,
            smallest=abs(minimum_effect) if minimum_effect else None,
            mismatch=mismatch,
        )
        for one in variants
        if one != control
    ]


def _usual_method(measures: np.ndarray, denominator: str | None, covariate: str | None) -> Method:
    if denominator:
        return "delta"
    if covariate:
        return "cuped"
    return "z" if np.isin(measures[:, 0], (0, 1)).all() else "welch"


def _compare(
    plain: Evaluation,
    arms: tuple[np.ndarray, np.ndarray],
    *,
    is_ratio: bool,
    alpha: float,
    target: float,
    smallest: float | None,
    mismatch: float | None,
) -> Evaluation:
    method, counts = plain.method, (plain.users, plain.control_users)
    theta, middle = _cuped(np.concatenate(arms))
    (mean, variance), (control_mean, control_variance) = (
        _describe(arm, method, is_ratio, theta, middle) for arm in arms
    )
    found: dict = {
        "mean": mean,
        "variance": variance,
        "control_mean": control_mean,
        "control_variance": control_variance,
        "srm_p_value": mismatch,
    }
    if mean is not None and control_mean is not None:
        found["effect"] = effect = mean - control_mean
        found["relative_effect"] = effect / control_mean if control_mean else None
    reason = _why_not(counts, method, found, smallest)
    if reason:
        return _with(plain, found | {"reason": reason})
    assert variance is not None and control_variance is not None
    assert mean is not None and control_mean is not None
    parts = (variance / counts[0], control_variance / counts[1])
    square = sum(parts)
    error = math.sqrt(square)
    critical = float(stats.norm.isf(alpha / 2))
    if method == "z":
        converted = [arm[:, 0].sum() for arm in arms]
        statistic, p_value = proportions_ztest(converted, counts)
    elif method == "welch":
        pair = CompareMeans(*(DescrStatsW(arm[:, 0]) for arm in arms))
        statistic, p_value, df = pair.ttest_ind(usevar="unequal")
    elif method == "cuped":
        df = square**2 / sum(p**2 / (n - 1) for p, n in zip(parts, counts, strict=True))
        statistic = effect / error
        p_value = 2 * stats.t.sf(abs(statistic), df)
    elif method == "delta":
        statistic = effect / error
        p_value = 2 * stats.norm.sf(abs(statistic))
    else:
        statistic, p_value, critical = _sequential(effect, square, smallest or math.nan, alpha)
    if method in ("welch", "cuped"):
        found["degrees_of_freedom"] = float(df)
        critical = float(stats.t.isf(alpha / 2, df))
    found |= {
        "statistic": float(statistic),
        "p_value": float(p_value),
        "is_significant": bool(p_value < alpha),
        "ci_low": effect - critical * error,
        "ci_high": effect + critical * error,
    }
    if control_mean:
        relative = math.sqrt(parts[0] + (mean / control_mean) ** 2 * parts[1]) / abs(control_mean)
        found["relative_ci_low"] = found["relative_effect"] - critical * relative
        found["relative_ci_high"] = found["relative_effect"] + critical * relative
    if method != "sequential" and error:
        found["mde"] = minimum_detectable_effect(error, alpha, target)
        found["power"] = power_of(smallest, error, alpha) if smallest else None
    return _with(plain, found)


def _with(plain: Evaluation, found: dict) -> Evaluation:
    return Evaluation(**(vars(plain) | found))


def _why_not(
    counts: tuple[int, int], method: Method, found: dict, smallest: float | None
) -> str | None:
    if counts[1] < 2:
        return "fewer than 2 users in the control"
    if counts[0] < 2:
        return "fewer than 2 users in the variant"
    if "effect" not in found:
        return "the covariate does not vary" if method == "cuped" else "nothing below the line"
    means = (found["mean"], found["control_mean"])
    is_flat = means in ((0.0, 0.0), (1.0, 1.0))
    if method != "z":
        is_flat = not (found["variance"] or found["control_variance"])
    if is_flat:
        return "the outcome does not vary"
    if method == "sequential" and smallest is None:
        return "no minimum effect is given"
    return None


def _cuped(both: np.ndarray) -> tuple[float | None, float]:
    """θ = cov(y, x) / var(x) over both arms together, None where x does not vary; the mean of x."""
    values, _, covariate = both.T
    if len(both) < 2 or np.ptp(covariate) == 0:
        return None, math.nan
    covariances = np.cov(values, covariate)
    return float(covariances[0, 1] / covariances[1, 1]), float(covariate.mean())


def _describe(
    measures: np.ndarray, method: Method, is_ratio: bool, theta: float | None, middle: float
) -> tuple[float | None, float | None]:
    """Mean and variance of one user's part; linearised for a ratio, adjusted for cuped."""
    values, below, covariate = measures.T
    if not len(values):
        return None, None
    if is_ratio:
        if not below.mean():
            return None, None
        mean = values.mean() / below.mean()
        most = np.var(values) + mean**2 * np.var(below)
        variance = _variance(values - mean * below, most)
        return float(mean), variance and variance / below.mean() ** 2
    if method == "cuped":
        if theta is None:
            return None, None
        rest = values - theta * (covariate - middle)
        most = np.var(values) + theta**2 * np.var(covariate)
        return float(rest.mean()), _variance(rest, most)
    if method == "z":
        return float(values.mean()), float(values.mean() * (1 - values.mean()))
    return float(values.mean()), _variance(values)


def _variance(values: np.ndarray, compared_with: float = 0.0) -> float | None:
    """The sample variance, 0 where it is only rounding; None for a single value."""
    if len(values) < 2:
        return None
    variance = float(np.var(values, ddof=1)) if np.ptp(values) else 0.0
    return 0.0 if variance <= ROUNDING * compared_with else variance


def _sequential(
    effect: float, square: float, smallest: float, alpha: float
) -> tuple[float, float, float]:
    """Log likelihood ratio, p value and critical value of the normal mixture with sd `smallest`.

    H. Robbins, Statistical Methods Related to the Law of the Iterated Logarithm (1970); R. Johari
    and others, Always Valid Inference (2022).
    """
    mixed = square + smallest**2
    statistic = (math.log(square / mixed) + effect**2 / square * (smallest**2 / mixed)) / 2
    critical = math.sqrt(mixed / smallest**2 * (math.log(mixed / square) - 2 * math.log(alpha)))
    return statistic, min(1.0, math.exp(-statistic)), critical


def _sample_ratio_p_value(users: Mapping[str, int], shares: Mapping[str, float]) -> float | None:
    if any(users[one] for one in users if not shares[one]):
        return 0.0
    planned = [one for one in users if shares[one]]
    if len(planned) < 2 or not any(users.values()):
        return None
    expected = np.array([shares[one] for one in planned])
    observed = np.array([users[one] for one in planned])
    return float(stats.chisquare(observed, expected / expected.sum() * observed.sum()).pvalue)
