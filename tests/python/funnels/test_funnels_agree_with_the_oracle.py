"""Funnels of every kind against a search that tries everything, cell by cell."""

import oracle
import pytest
from marts.test_engines_agree import typed
from marts.test_marts_agree_with_the_oracle import MARTS, assert_agrees

from .conftest import Answered

FUNNEL_MARTS = [mart for mart in MARTS if mart.startswith("fct_funnel")]


@pytest.mark.parametrize("mart", FUNNEL_MARTS)
def test_every_cell_agrees(answered: Answered, mart: str) -> None:
    assert_agrees(mart, answered.warehouse.table(mart), MARTS[mart][0](answered.company))


@pytest.mark.parametrize("mart", FUNNEL_MARTS)
def test_both_engines_give_the_same_rows(answered: Answered, mart: str) -> None:
    found, expected = (answered.warehouse.table(mart, engine) for engine in ("duckdb", "postgres"))
    assert sorted(map(typed, found)) == sorted(map(typed, expected))


def test_the_worlds_say_something_about_every_funnel(answered: Answered) -> None:
    """Some units enter and some of them finish; some windows are open, some closed."""
    rows = oracle.funnel_users(answered.company)
    funnels = list(oracle.funnels.funnels(answered.company.reference))
    assert {row["funnel_id"] for row in rows} == {funnel.funnel_id for funnel in funnels}
    depths = {(row["funnel_id"], row["deepest_step"]) for row in rows}
    finished = [one for one in funnels if (one.funnel_id, len(one.steps)) in depths]
    assert len(finished) > len(funnels) / 2
    for flag in ("is_open", "is_window_closed"):
        assert {row[flag] for row in rows} == {True, False}
