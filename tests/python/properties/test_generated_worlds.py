"""Generated worlds: every cell of every mart against the oracle, many worlds in one build.

`PULSE_WORLDS` is how many are tried beyond the first build, `PULSE_WORLDS_SEED` draws others.
"""

import itertools
import os
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest
from marts.conftest import PARAMETERS, as_json, landed
from marts.test_marts_agree_with_the_oracle import MARTS, assert_agrees
from oracle import Params, Raw, Reference, understand
from oracle.worlds import combine

from .conftest import Build
from .variants import Variant
from .worlds import drawn

PER_BUILD = 120
MORE = int(os.environ.get("PULSE_WORLDS", 360))
SEED = int(os.environ.get("PULSE_WORLDS_SEED", 0))
BATCHES = range(1 + -(-MORE // PER_BUILD))
TRIES = 40
_numbers = itertools.count()

Part = TypeVar("Part")
Fault = Callable[[Raw, str], str | None]


@pytest.fixture(scope="session")
def fault(build: Build, reference: Reference) -> Fault:
    """The first error in the marts of raw rows, None if there is none; parameters by name."""

    def found(raw: Raw, parameters: str) -> str | None:
        given = {"rule_min_churns": Params().rule_min_churns} | PARAMETERS[parameters]
        variables = {name: as_json(value) for name, value in given.items()}
        try:
            variant = Variant([raw], variables=variables)
            warehouse = build(f"generated_{next(_numbers)}", variant, tests=True)
            company = understand(landed(warehouse.lake), reference, Params(**given))
            for mart, (answer, _, _) in MARTS.items():
                assert_agrees(mart, warehouse.table(mart, "duckdb"), answer(company))
        except AssertionError as error:
            return str(error)
        return None

    return found


@pytest.mark.parametrize(
    "batch", [pytest.param(n, marks=[pytest.mark.slow] if n else []) for n in BATCHES]
)
def test_every_cell_of_every_mart_agrees(
    batch: int, fault: Fault, record_property: Callable[[str, object], None]
) -> None:
    record_property("worlds", PER_BUILD)
    parameters = [*PARAMETERS][batch % len(PARAMETERS)]
    worlds = drawn(PER_BUILD, SEED + batch)
    wrong = fault(side_by_side(worlds), parameters)
    if wrong:
        few = fewest(worlds, lambda some: bool(fault(side_by_side(some), parameters)))
        rows = [(name, row) for name, table in side_by_side(few).items() for row in table]
        shown = fewest(rows, lambda some: bool(fault(by_table(some), parameters)))
        pytest.fail(f"{wrong}\nseed {SEED + batch}, parameters {parameters}, shown by {shown}")


def side_by_side(worlds: Sequence[Raw]) -> Raw:
    return combine({f"w{number}_": world for number, world in enumerate(worlds)})


def by_table(rows: Sequence[tuple[str, dict]]) -> Raw:
    return {name: [row for table, row in rows if table == name] for name in dict(rows)}


def fewest(parts: list[Part], fails: Callable[[list[Part]], bool]) -> list[Part]:
    """The smallest set of parts found to fail: halves are left out, then quarters and so on.

    The search ends after a number of tries, because each try is a build.
    """
    size, tries = len(parts) // 2, TRIES
    while size:
        for start in range(0, len(parts), size):
            fewer = parts[:start] + parts[start + size :]
            if fewer and tries > 0:
                tries -= 1
                if fails(fewer):
                    parts = fewer
                    break
        else:
            size //= 2
    return parts


def test_the_worlds_say_something_of_every_mart(reference: Reference) -> None:
    company = understand(side_by_side(drawn(PER_BUILD, SEED)), reference)
    assert [mart for mart, (answer, _, _) in MARTS.items() if not answer(company)] == []


def test_what_fails_is_shown_by_the_fewest_parts() -> None:
    assert fewest([*range(120)], lambda some: 77 in some) == [77]
    assert fewest([*range(9)], lambda some: {2, 7} <= {*some}) == [2, 7]
