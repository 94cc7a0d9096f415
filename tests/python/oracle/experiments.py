"""Experiments: who was exposed, and what SciPy and statsmodels say of the effects."""

import json
import math
import re
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from .activity import is_counted, segment_values
from .clock import ONE_DAY, day_start, local_date
from .company import Company, linked
from .inputs import Row

EXPOSURE_COLUMNS = (
    *("experiment_id", "user_id", "variant", "is_excluded", "exclusion_reason", "exposure_count"),
    *("exposed_at", "as_of_date"),
)
MEASURE_COLUMNS = (
    *("method", "users", "open_users", "mean", "variance", "control_users", "control_open_users"),
    *("control_mean", "control_variance", "effect", "ci_low", "ci_high", "relative_effect"),
    *("relative_ci_low", "relative_ci_high", "degrees_of_freedom", "statistic", "p_value"),
    *("reason", "as_of_date"),
)
RESULT_COLUMNS = (
    *MEASURE_COLUMNS,
    *(
        "metric_kind",
        "metric_role",
        "metric_direction",
        "is_main_method",
        "p_value_adjusted",
        "p_value_bh",
    ),
    *("is_significant", "srm_p_value", "minimum_effect", "power", "mde", "verdict"),
)

MAIN_METHOD = {"conversion": "z", "count": "welch", "sum": "welch", "ratio": "delta"}
NUMBER = re.compile(r"-?[0-9]{1,200}([.][0-9]+)?([eE][-+]?[0-9]{1,2})?")


class Arm(NamedTuple):
    """Value, denominator and covariate of each user of a variant, and how many are still open."""

    measures: np.ndarray
    open_users: int


@cache
def experiment_exposures(company: Company) -> list[Row]:
    """`fct_experiment_exposures`: one dict per experiment and exposed user."""
    experiments = {row["experiment_id"]: row for row in company.reference["experiments"]}
    planned = {
        (row["experiment_id"], row["variant"]) for row in company.reference["experiment_variants"]
    }
    shown: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in company.tables["experiment_assignments"]:
        if company.as_of and local_date(row["assigned_at"], company.params) <= company.as_of:
            unit = _unit(company, row["user_id"], row["assigned_at"])
            shown[row["experiment_id"], unit].append((row["assigned_at"], row["variant"]))
    rows = []
    for (experiment_id, user_id), exposures in shown.items():
        first, variant = min(exposures)
        user = company.users.get(user_id, {})
        reason = None
        if experiment_id not in experiments:
            reason = "unknown_experiment"
        elif (experiment_id, variant) not in planned:
            reason = "unknown_variant"
        elif not is_counted(company, user):
            reason = "not_counted"
        elif len({name for _, name in exposures}) > 1:
            reason = "several_variants"
        elif (start := _moment(experiments[experiment_id]["started_at"])) and first < start:
            reason = "before_start"
        elif (end := _moment(experiments[experiment_id]["ended_at"])) and first >= end:
            reason = "after_end"
        rows.append(
            {
                "experiment_id": experiment_id,
                "user_id": user_id,
                "variant": variant,
                "is_excluded": reason is not None,
                "exclusion_reason": reason,
                "exposure_count": len(exposures),
                "exposed_at": first.replace(tzinfo=None),
                "as_of_date": company.as_of,
            }
        )
    return rows


def _unit(company: Company, shown_to: str, at: datetime) -> str:
    """Who was exposed: the user, or the user of the device at that time; else the id itself."""
    person = company.merged.get(shown_to, shown_to)
    if person in company.users:
        return person
    return linked(company.links.get(shown_to, []), at) or shown_to


def experiment_results(company: Company) -> list[Row]:
    """`fct_experiment_results`: one dict per experiment, metric, treatment and method."""
    rows = []
    for metric in company.reference["experiment_metrics"]:
        outcomes = _outcomes(company, metric, 0, int(metric["window_days"] or 14))
        for variant, arm, control in _comparisons(company, metric, outcomes):
            methods = [MAIN_METHOD[metric["kind"]], "sequential"]
            methods += ["cuped"] * (metric["is_cuped"] == "true")
            rows += [_compare(company, metric, variant, method, arm, control) for method in methods]
    for experiment in company.reference["experiments"]:
        of_it = [row for row in rows if row["experiment_id"] == experiment["experiment_id"]]
        family = [
            row
            for row in of_it
            if row["is_main_method"]
            and row["metric_role"] != "guardrail"
            and row["p_value"] is not None
        ]
        if family:
            p_values = [row["p_value"] for row in family]
            for name, method in (("p_value_adjusted", "holm"), ("p_value_bh", "fdr_bh")):
                for row, value in zip(
                    family, multipletests(p_values, method=method)[1], strict=True
                ):
                    row[name] = float(value)
        mismatch = _sample_ratio_p_value(company, experiment["experiment_id"])
        for row in of_it:
            row["srm_p_value"] = mismatch
            _conclude(company, row)
    return rows


def experiment_weeks(company: Company) -> list[Row]:
    """`fct_experiment_weeks`: one dict per experiment, metric, treatment and week."""
    rows = []
    for metric in company.reference["experiment_metrics"]:
        days = int(metric["window_days"] or 14)
        for number in range(1, math.ceil(days / 7) + 1):
            window = (7 * (number - 1), min(7 * number, days))
            outcomes = _outcomes(company, metric, *window)
            if not outcomes:
                continue
            for variant, arm, control in _comparisons(company, metric, outcomes):
                main = MAIN_METHOD[metric["kind"]]
                row = _compare(company, metric, variant, main, arm, control)
                rows.append(row | {"week_number": number})
    return rows


def experiment_segments(company: Company) -> list[Row]:
    """`fct_experiment_segments`: one dict per experiment, metric, treatment and segment value."""
    rows = []
    for metric in company.reference["experiment_metrics"]:
        outcomes = _outcomes(company, metric, 0, int(metric["window_days"] or 14))
        known = [user for user in outcomes if user in company.users]
        for name, value_of in segment_values(company, known).items():
            for value in set(value_of.values()) if name != "all" else ():
                members = {u: o for u, o in outcomes.items() if value_of.get(u) == value}
                for variant, arm, control in _comparisons(company, metric, members):
                    main = MAIN_METHOD[metric["kind"]]
                    row = _compare(company, metric, variant, main, arm, control)
                    rows.append(row | {"segment_name": name, "segment_value": value})
    return rows


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _outcomes(company: Company, metric: Row, from_day: int, to_day: int) -> dict[str, Any]:
    """By user: the variant, whether the window is over, and value, denominator and covariate."""
    events = _events_by_user(company)
    outcomes = {}
    for row in experiment_exposures(company):
        if row["is_excluded"] or row["experiment_id"] != metric["experiment_id"]:
            continue
        exposed = row["exposed_at"].replace(tzinfo=UTC)
        begins, ends = exposed + from_day * ONE_DAY, exposed + to_day * ONE_DAY
        before = exposed - company.params.cuped_pre_days * ONE_DAY
        own = events[row["user_id"]]
        name, of = metric["event_name"], metric["property_name"]
        value = _measure(metric["kind"], own, name, of, begins, ends)
        covariate = _measure(metric["kind"], own, name, of, before, exposed)
        below = 0.0
        if metric["kind"] == "ratio":
            name, of = metric["denominator_event_name"], metric["denominator_property_name"]
            below = _measure("ratio", own, name, of, begins, ends)
        assert company.as_of
        is_closed = ends <= day_start(company.as_of + ONE_DAY, company.params)
        outcomes[row["user_id"]] = (row["variant"], is_closed, (value, below, covariate))
    return outcomes


@cache
def _events_by_user(company: Company) -> dict[str, list[Row]]:
    events: dict[str, list[Row]] = defaultdict(list)
    for event in company.tables["events"]:
        owner = company.owners.get(event["event_id"])
        if owner:
            events[owner].append(event)
    return events


def _measure(
    kind: str, events: list[Row], name: str, of: str | None, begins: datetime, ends: datetime
) -> float:
    found = [e for e in events if e["event_name"] == name and begins <= e["occurred_at"] < ends]
    if kind == "conversion":
        return float(bool(found))
    if kind == "count" or of is None:
        return float(len(found))
    return math.fsum(_number(event["properties"], of) for event in found)


def _number(properties: str | None, name: str) -> float:
    found = json.loads(properties or "{}", parse_float=str, parse_int=str)
    value = found.get(name) if isinstance(found, dict) else None
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        return 0.0
    return float(value) if 1e-9 <= abs(float(value)) <= 1e15 else 0.0


def _comparisons(
    company: Company, metric: Row, outcomes: dict[str, Any]
) -> list[tuple[str, Arm, Arm]]:
    """Every treatment with its arm and the control's."""
    (control,) = (
        row["control_variant"]
        for row in company.reference["experiments"]
        if row["experiment_id"] == metric["experiment_id"]
    )

    def arm(variant: str) -> Arm:
        of_it = [(closed, one) for name, closed, one in outcomes.values() if name == variant]
        measures = [one for closed, one in of_it if closed]
        return Arm(np.array(measures).reshape(-1, 3), len(of_it) - len(measures))

    return [
        (row["variant"], arm(row["variant"]), arm(control))
        for row in company.reference["experiment_variants"]
        if row["experiment_id"] == metric["experiment_id"] and row["variant"] != control
    ]


def _compare(
    company: Company, metric: Row, variant: str, method: str, arm: Arm, control: Arm
) -> Row:
    params = company.params
    smallest = float(metric["minimum_effect"]) if metric["minimum_effect"] else None
    theta, middle = _cuped(arm, control)
    described = [_describe(metric["kind"], method, one, theta, middle) for one in (arm, control)]
    (mean, variance), (control_mean, control_variance) = described
    n, m = len(arm.measures), len(control.measures)
    is_known = mean is not None and control_mean is not None
    effect = mean - control_mean if is_known else None
    row: Row = {
        "experiment_id": metric["experiment_id"],
        "metric_id": metric["metric_id"],
        "variant": variant,
        "method": method,
        "metric_kind": metric["kind"],
        "metric_role": metric["role"] or "secondary",
        "metric_direction": metric["direction"] or "increase",
        "is_main_method": method in MAIN_METHOD.values(),
        "users": n,
        "open_users": arm.open_users,
        "mean": mean,
        "variance": variance,
        "control_users": m,
        "control_open_users": control.open_users,
        "control_mean": control_mean,
        "control_variance": control_variance,
        "effect": effect,
        "relative_effect": effect / control_mean if effect is not None and control_mean else None,
        "minimum_effect": smallest,
        "as_of_date": company.as_of,
    }
    tested = (
        *("ci_low", "ci_high", "relative_ci_low", "relative_ci_high", "degrees_of_freedom"),
        *("statistic", "p_value", "p_value_adjusted", "p_value_bh", "power", "mde", "reason"),
    )
    row |= dict.fromkeys(tested)
    row["reason"] = _why_not(row, smallest)
    if variance is None or control_variance is None or effect is None:
        return row
    square = variance / n + control_variance / m
    error = math.sqrt(square)
    if method in ("welch", "cuped") and square:
        parts = (variance / n) ** 2 / (n - 1) + (control_variance / m) ** 2 / (m - 1)
        row["degrees_of_freedom"] = square**2 / parts
    if row["reason"]:
        return row
    z = stats.norm.isf(params.experiment_alpha / 2)
    critical = z
    if method == "z":
        converted = [one.measures[:, 0].sum() for one in (arm, control)]
        row["statistic"], row["p_value"] = map(float, proportions_ztest(converted, [n, m]))
    elif method in ("welch", "cuped"):
        critical = stats.t.isf(params.experiment_alpha / 2, row["degrees_of_freedom"])
        row["statistic"] = effect / error
        row["p_value"] = 2 * stats.t.sf(abs(effect / error), row["degrees_of_freedom"])
    elif method == "delta":
        row["statistic"] = effect / error
        row["p_value"] = 2 * stats.norm.sf(abs(effect / error))
    else:
        assert smallest
        # The mean likelihood of effects from N(0, minimum_effect^2), against no effect.
        mixture = stats.norm(scale=math.hypot(error, smallest)).logpdf(effect)
        row["statistic"] = mixture - stats.norm(scale=error).logpdf(effect)
        row["p_value"] = min(1.0, math.exp(-row["statistic"]))
        mixed = square + smallest**2
        critical = math.sqrt(
            mixed / smallest**2 * (math.log(mixed / square) - 2 * math.log(params.experiment_alpha))
        )
    if method == "welch":
        pair = CompareMeans(*(DescrStatsW(one.measures[:, 0]) for one in (arm, control)))
        assert math.isclose(pair.ttest_ind(usevar="unequal")[1], row["p_value"], rel_tol=1e-9)
    row["ci_low"], row["ci_high"] = effect - critical * error, effect + critical * error
    if control_mean:
        relative = math.sqrt(
            variance / n / control_mean**2 + mean**2 * control_variance / m / control_mean**4
        )
        row["relative_ci_low"] = row["relative_effect"] - critical * relative
        row["relative_ci_high"] = row["relative_effect"] + critical * relative
    if method != "sequential" and error:
        row["mde"] = (z + stats.norm.ppf(params.experiment_power)) * error
        if smallest:
            away = smallest / error
            row["power"] = float(stats.norm.sf(z - away) + stats.norm.cdf(-z - away))
    return row


def _cuped(arm: Arm, control: Arm) -> tuple[float | None, float]:
    """θ over both arms together, None where the covariate does not vary, and its mean."""
    both = np.concatenate([arm.measures, control.measures])
    if len(both) < 2 or np.ptp(both[:, 2]) == 0:
        return None, 0.0
    covariances = np.cov(both[:, 0], both[:, 2])
    return covariances[0, 1] / covariances[1, 1], both[:, 2].mean()


def _describe(
    kind: str, method: str, arm: Arm, theta: float | None, middle: float
) -> tuple[float | None, float | None]:
    """The mean, and the variance of one user's part in it."""
    if not len(arm.measures):
        return None, None
    values, below, covariate = arm.measures.T
    mean: float
    if kind == "ratio":
        if below.mean() == 0:
            return None, None
        mean = values.mean() / below.mean()
        rest, scale = values - mean * below, below.mean() ** 2
        parts = _variance(values) + mean**2 * _variance(below)
    elif method == "cuped":
        if theta is None:
            return None, None
        rest, scale = values - theta * (covariate - middle), 1.0
        mean = rest.mean()
        parts = _variance(values) + theta**2 * _variance(covariate)
    else:
        mean, rest, scale = values.mean(), values, 1.0
        parts = 0.0
    if method == "z":
        return float(mean), float(mean * (1 - mean))
    if len(values) < 2:
        return float(mean), None
    variance = _variance(rest)
    return float(mean), 0.0 if variance <= 1e-13 * parts else float(variance / scale)


def _variance(values: np.ndarray) -> float:
    return float(np.var(values, ddof=1)) if len(values) > 1 and np.ptp(values) else 0.0


def _why_not(row: Row, smallest: float | None) -> str | None:
    if row["control_users"] < 2:
        return "fewer than 2 users in the control"
    if row["users"] < 2:
        return "fewer than 2 users in the variant"
    if row["effect"] is None:
        return (
            "the covariate does not vary" if row["method"] == "cuped" else "nothing below the line"
        )
    if row["method"] == "z":
        varies = {row["mean"], row["control_mean"]} not in ({0.0}, {1.0})
    else:
        varies = bool(row["variance"] or row["control_variance"])
    if not varies:
        return "the outcome does not vary"
    if row["method"] == "sequential" and smallest is None:
        return "no minimum effect is given"
    return None


def _sample_ratio_p_value(company: Company, experiment_id: str) -> float | None:
    shares = {
        row["variant"]: float(row["planned_share"] or 1)
        for row in company.reference["experiment_variants"]
        if row["experiment_id"] == experiment_id
    }
    users = dict.fromkeys(shares, 0)
    for row in experiment_exposures(company):
        if row["experiment_id"] == experiment_id and not row["is_excluded"]:
            users[row["variant"]] += 1
    if any(users[name] for name, share in shares.items() if share == 0):
        return 0.0
    planned = [name for name, share in shares.items() if share]
    if len(planned) < 2 or not any(users.values()):
        return None
    observed = np.array([users[name] for name in planned])
    expected = np.array([shares[name] for name in planned])
    return float(stats.chisquare(observed, expected / expected.sum() * observed.sum()).pvalue)


def _conclude(company: Company, row: Row) -> None:
    """Significance, verdict and its reason."""
    params = company.params
    decisive = row["p_value"] if row["p_value_adjusted"] is None else row["p_value_adjusted"]
    row["is_significant"] = decisive is not None and decisive < params.experiment_alpha
    smallest = row["minimum_effect"]
    if row["srm_p_value"] is not None and row["srm_p_value"] < params.srm_alpha:
        said = ("invalid", "the users are not split as planned")
    elif row["p_value"] is None:
        said = ("not measurable", row["reason"])
    elif row["is_significant"]:
        if (row["effect"] > 0) == (row["metric_direction"] == "increase"):
            said = ("better", "significant, and in the direction wanted")
        else:
            said = ("worse", "significant, and against the direction wanted")
    elif smallest and -smallest < row["ci_low"] and row["ci_high"] < smallest:
        said = ("no effect", "the interval rules out the minimum effect")
    elif row["power"] is not None and row["power"] < params.experiment_power:
        said = ("undecided", "not significant, with too few users to find the minimum effect")
    else:
        said = ("undecided", "not significant, and the minimum effect is not ruled out")
    row["verdict"], row["reason"] = said
