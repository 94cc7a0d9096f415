"""The oracle tests notice exactly what the mutation tester says that the oracle notices."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from mutate.base import flatten
from mutate.bench import Bench
from mutate.queries import changed, changes_of

from .conftest import Answered
from .test_marts_agree_with_the_oracle import test_every_cell_agrees as every_cell_agrees

# Models with a mart beside or below them, and every n-th change to each.
SAMPLES = {
    "int_activity__counted_user_days": ("fct_active_days_distribution", 1),
    "int_revenue__plan_movements": ("fct_mrr_movements", 4),
    "fct_feature_heatmap": ("fct_feature_heatmap", 6),
}


@pytest.fixture(scope="module")
def bench(answered: Answered, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The worlds as DuckDB has built them, to change in memory."""
    flat: Path = tmp_path_factory.mktemp("bench") / "base.duckdb"
    flatten(answered.warehouse.lake / "warehouse.duckdb", flat)
    return Bench("answered", answered.warehouse.home / "target" / "duckdb", flat)


@pytest.mark.parametrize("model", SAMPLES)
def test_a_change_is_seen_when_and_only_when_the_oracle_test_fails(
    answered: Answered, bench: Bench, model: str
) -> None:
    mart, step = SAMPLES[model]
    answered_by_bench = replace(answered, warehouse=bench)
    every_cell_agrees(answered_by_bench, mart)
    sql = bench.sql(model)
    outcomes = []
    for name in list(changes_of(sql))[::step]:
        mutant = changed(sql, name, sql)
        with bench.trial(), suppress(duckdb.Error):
            bench.make(model, mutant or sql)
            bench.follow(mart, bench.project.below(model))
            outcomes.append(bench.oracle_sees(mart))
            assert outcomes[-1] != agrees(answered_by_bench, mart), name
    assert True in outcomes


def agrees(answered: Answered, mart: str) -> bool:
    """Whether the oracle test passes."""
    try:
        every_cell_agrees(answered, mart)
    except AssertionError:
        return False
    return True
