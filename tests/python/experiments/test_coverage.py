"""Thousands of simulated tests through the models' SQL: each error happens as often as promised.

Without an effect, errors are alarms; with a known effect, intervals that miss it.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from warehouse import Warehouse

TESTS = 2_000
USERS = 400
LOOKS = 20
ALPHA = 0.05
# Expected number ± 3.3 standard deviations, exactly.
CONFIDENCE = 0.999
METRICS = {"converted": "conversion", "spent": "sum", "per_visit": "ratio"}
EFFECTS = {"none": 0.0, "some": 0.1}
SCHEMAS = """
create schema staging; create schema intermediate;
create table staging.stg_reference__experiment_metrics as select * from metrics;
create table staging.stg_reference__experiment_variants as select * from variants;
create table intermediate.int_experiments__arms as select * from arms;
create table intermediate.int_experiments__exposures as select * from exposures
"""


class Outcomes(NamedTuple):
    """Three measures of each user of an arm, one test per row."""

    value: np.ndarray
    denominator: np.ndarray
    covariate: np.ndarray


def drawn(draw: np.random.Generator, metric: str, effect: float) -> Outcomes:
    """Outcomes whose mean is moved by `effect`."""
    shape = (TESTS, USERS)
    nothing = np.zeros(shape)
    if metric == "converted":
        return Outcomes((draw.random(shape) < 0.3 + effect).astype(float), nothing, nothing)
    if metric == "per_visit":
        visits = 1.0 + draw.poisson(3, shape)
        return Outcomes(visits * (2 + effect) + draw.normal(0, 1, shape), visits, nothing)
    before = draw.exponential(1, shape)
    return Outcomes(0.8 * before + draw.normal(effect, 0.5, shape), nothing, before)


def arms_of(names: list[str], metric: str, control: Outcomes, variant: Outcomes) -> pd.DataFrame:
    """Rows of int_experiments__arms: two per test."""
    frames = []
    for name, arm in (("control", control), ("new", variant)):
        means = {key: part.mean(axis=1) for key, part in arm._asdict().items()}
        rest = {key: part - means[key][:, None] for key, part in arm._asdict().items()}

        def products(a: str, b: str, rest: dict[str, np.ndarray] = rest) -> np.ndarray:
            return (rest[a] * rest[b]).sum(axis=1)

        frames.append(
            pd.DataFrame(
                {
                    "experiment_id": names,
                    "metric_id": metric,
                    "slice_name": "all",
                    "slice_value": "all",
                    "variant": name,
                    "is_control": name == "control",
                    "users": arm.value.shape[1],
                    "open_users": 0,
                    **{f"mean_{key}": mean for key, mean in means.items()},
                    **{f"{key}_squares": products(key, key) for key in rest},
                    "value_denominators": products("value", "denominator"),
                    "value_covariates": products("value", "covariate"),
                }
            )
        )
    return pd.concat(frames)


@pytest.fixture(scope="module")
def assessed(new_warehouse: Callable[[str], Warehouse]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tests as the models assess them, from generated arms and exposures."""
    warehouse = new_warehouse("coverage")
    draw = np.random.default_rng(20)
    parts, metrics = [], []

    def add(names: list[str], metric: str, control: Outcomes, variant: Outcomes) -> None:
        parts.append(arms_of(names, metric, control, variant))
        metrics.extend((name, metric, METRICS[metric], 0.1, metric == "spent") for name in names)

    for truth, effect in EFFECTS.items():
        for metric in METRICS:
            control, variant = drawn(draw, metric, 0), drawn(draw, metric, effect)
            add([f"{truth}_{test}" for test in range(TESTS)], metric, control, variant)
    control, variant = drawn(draw, "spent", 0), drawn(draw, "spent", 0)
    for look in range(1, LOOKS + 1):
        seen = look * USERS // LOOKS
        arms = [Outcomes(*(part[:, :seen] for part in arm)) for arm in (control, variant)]
        add([f"peek_{test}_{look}" for test in range(TESTS)], "spent", *arms)

    splits = [f"split_{test}" for test in range(TESTS)]
    sizes = draw.integers(300, 500, TESTS)
    exposures = pd.DataFrame(
        {
            "experiment_id": np.repeat(splits, sizes),
            "user_id": np.arange(sizes.sum()).astype(str),
            "variant": np.where(draw.random(sizes.sum()) < 0.7, "control", "new"),
            "is_excluded": False,
        }
    )
    tables: dict[str, Any] = {
        "arms": pd.concat(parts),
        "exposures": exposures,
        "metrics": pd.DataFrame(
            metrics, columns=["experiment_id", "metric_id", "kind", "minimum_effect", "is_cuped"]
        ),
        "variants": pd.DataFrame(
            [
                (name, variant, share)
                for name in splits
                for variant, share in (("control", 0.7), ("new", 0.3))
            ],
            columns=["experiment_id", "variant", "planned_share"],
        ),
    }
    warehouse.lake.mkdir()
    with duckdb.connect(str(warehouse.lake / "warehouse.duckdb")) as connection:
        for name, table in tables.items():
            connection.register(name, table)
        connection.execute(SCHEMAS)
    warehouse.dbt(
        *("run", "duckdb", "--select", "int_experiments__estimates"),
        *("int_experiments__tests", "int_experiments__sample_ratios"),
    )
    with duckdb.connect(str(warehouse.lake / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def is_expected(count: int, chance: float, tests: int = TESTS) -> bool:
    low, high = stats.binom.interval(CONFIDENCE, tests, chance)
    return low <= count <= high


ASKED = [
    ("converted", "z"),
    ("spent", "welch"),
    ("spent", "cuped"),
    ("per_visit", "delta"),
]


@pytest.mark.parametrize("metric, method", ASKED)
def test_without_an_effect_alarms_are_as_frequent_as_alpha(
    assessed: duckdb.DuckDBPyConnection, metric: str, method: str
) -> None:
    ((alarms, tests),) = assessed.execute(
        "select count(*) filter (where p_value < ?), count(p_value)"
        " from intermediate.int_experiments__tests"
        " where starts_with(experiment_id, 'none_') and metric_id = ? and method = ?",
        [ALPHA, metric, method],
    ).fetchall()
    assert tests == TESTS and is_expected(alarms, ALPHA), alarms


@pytest.mark.parametrize("metric, method", ASKED)
def test_intervals_cover_a_planted_effect_as_often_as_they_promise(
    assessed: duckdb.DuckDBPyConnection, metric: str, method: str
) -> None:
    ((missed, wrong_way),) = assessed.execute(
        "select count(*) filter (where not (ci_low <= ? and ? <= ci_high)),"
        " count(*) filter (where ci_high < 0)"
        " from intermediate.int_experiments__tests"
        " where starts_with(experiment_id, 'some_') and metric_id = ? and method = ?",
        [EFFECTS["some"], EFFECTS["some"], metric, method],
    ).fetchall()
    assert is_expected(missed, ALPHA), missed
    assert wrong_way <= TESTS * ALPHA / 2


def test_cuped_narrows_the_intervals_by_what_the_correlation_promises(
    assessed: duckdb.DuckDBPyConnection,
) -> None:
    ((ratio,),) = assessed.execute(
        "select avg(cuped.variance / welch.variance)"
        " from intermediate.int_experiments__tests as cuped"
        " inner join intermediate.int_experiments__tests as welch"
        " using (experiment_id, metric_id, variant)"
        " where cuped.method = 'cuped' and welch.method = 'welch'"
        " and starts_with(experiment_id, 'none_')"
    ).fetchall()
    # Var(0.8 x) = 0.64 of 0.64 + 0.25 is explained: 1 - r² remains.
    assert abs(ratio - 0.25 / 0.89) < 0.005


def test_the_confidence_sequence_stands_daily_peeking_and_a_plain_test_does_not(
    assessed: duckdb.DuckDBPyConnection,
) -> None:
    found = dict(
        assessed.execute(
            "select method, count(distinct split_part(experiment_id, '_', 2))"
            " from intermediate.int_experiments__tests"
            " where starts_with(experiment_id, 'peek_') and p_value < ?"
            " group by method",
            [ALPHA],
        ).fetchall()
    )
    assert found["sequential"] <= stats.binom.ppf(CONFIDENCE, TESTS, ALPHA)
    assert found["welch"] > 3 * TESTS * ALPHA
    ((early, apart),) = assessed.execute(
        "select count(*) filter (where p_value < ?),"
        " count(*) filter (where (p_value < ?) <> (0 < ci_low or ci_high < 0))"
        " from intermediate.int_experiments__tests"
        " where method = 'sequential'",
        [ALPHA, ALPHA],
    ).fetchall()
    assert early and not apart, "an interval without 0 and a p value below alpha are one thing"


def test_a_right_split_alarms_at_its_nominal_rate(assessed: duckdb.DuckDBPyConnection) -> None:
    for level in (0.001, 0.05):
        ((alarms, tests),) = assessed.execute(
            "select count(*) filter (where srm_p_value < ?), count(srm_p_value)"
            " from intermediate.int_experiments__sample_ratios",
            [level],
        ).fetchall()
        assert tests == TESTS and is_expected(alarms, level), (level, alarms)
