"""Worlds that nobody thought of: every cell of every mart against the oracle, many in one build.

`PULSE_WORLDS` is how many are tried beyond the first build, `PULSE_WORLDS_SEED` draws others.
"""

import itertools
import os
from collections.abc import Callable

import pytest
from marts.conftest import landed
from marts.test_marts_agree_with_the_oracle import MARTS, assert_agrees
from oracle import Raw, Reference, understand
from oracle.worlds import combine

from .conftest import Build
from .variants import Variant
from .worlds import drawn

PER_BUILD = 120
MORE = int(os.environ.get("PULSE_WORLDS", 360))
SEED = int(os.environ.get("PULSE_WORLDS_SEED", 0))
BATCHES = range(1 + -(-MORE // PER_BUILD))
_numbers = itertools.count()

Fault = Callable[[list[Raw]], str | None]


@pytest.fixture(scope="session")
def fault(build: Build, reference: Reference) -> Fault:
    """What is wrong with the marts of some worlds side by side: None, or the first mart's cells."""

    def found(worlds: list[Raw]) -> str | None:
        raw = side_by_side(worlds)
        try:
            warehouse = build(f"generated_{next(_numbers)}", Variant([raw]), tests=True)
            company = understand(landed(warehouse.lake), reference)
            for mart, (answer, _, _) in MARTS.items():
                assert_agrees(mart, warehouse.table(mart, "duckdb"), expected := answer(company))
                assert expected or len(worlds) < PER_BUILD, f"{mart}: the worlds say nothing of it"
        except AssertionError as error:
            return str(error)
        return None

    return found


@pytest.mark.parametrize(
    "batch", [pytest.param(n, marks=[pytest.mark.slow] if n else []) for n in BATCHES]
)
def test_every_cell_of_every_mart_agrees(batch: int, fault: Fault) -> None:
    worlds = drawn(PER_BUILD, SEED + batch)
    wrong = fault(worlds)
    if wrong:
        few = smallest(worlds, lambda some: fault(some) is not None)
        told = {name: rows for name, rows in side_by_side(few).items() if rows}
        pytest.fail(f"{wrong}\nseed {SEED + batch}, shown by {len(few)} world(s): {told}")


def side_by_side(worlds: list[Raw]) -> Raw:
    return combine({f"w{number}_": world for number, world in enumerate(worlds)})


def smallest(worlds: list[Raw], fails: Callable[[list[Raw]], bool]) -> list[Raw]:
    """One of the worlds that fails by itself, else the fewest that were found to fail together."""
    while len(worlds) > 1:
        half = len(worlds) // 2
        failing = next((part for part in (worlds[:half], worlds[half:]) if fails(part)), None)
        if failing is None:
            break
        worlds = failing
    return worlds


def test_the_smallest_failing_world_is_found() -> None:
    worlds: list[Raw] = [{"users": [{"user_id": str(number)}]} for number in range(9)]
    assert smallest(worlds, lambda some: worlds[6] in some) == [worlds[6]]
    together = smallest(worlds, lambda some: worlds[0] in some and worlds[8] in some)
    assert together == worlds
