"""Many funnels over worlds made for them, built on both engines with two sets of parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from funnel_project import build_funnels, reference_with
from marts.conftest import as_json, landed
from oracle import Company, Params, understand
from oracle.worlds import combine, write_world
from warehouse import ENGINES, Warehouse

from .worlds import funnel_world, many_funnels

PARAMETERS: dict[str, dict[str, Any]] = {
    "default": {},
    "other": {
        "reporting_timezone": "America/New_York",
        "week_start": "sunday",
        "as_of_date": date(2024, 10, 30),
        "use_source_sessions": True,
        "include_internal_users": True,
    },
}


@dataclass(frozen=True)
class Answered:
    """A built warehouse and the oracle's view of the same rows."""

    warehouse: Warehouse
    company: Company


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(name, marks=[pytest.mark.slow] if given else [])
        for name, given in PARAMETERS.items()
    ],
)
def answered(
    request: pytest.FixtureRequest,
    new_warehouse: Callable[[str], Warehouse],
    tmp_path_factory: pytest.TempPathFactory,
) -> Answered:
    """The worlds loaded and built with one set of parameters."""
    given = PARAMETERS[request.param]
    reference = reference_with(*many_funnels(seed=1, count=64))
    warehouse = new_warehouse(f"funnels_{request.param}")
    folder = tmp_path_factory.mktemp("funnels")
    write_world(combine({f"w{seed}_": funnel_world(seed) for seed in (1, 2)}), folder)
    warehouse.command("load", folder)
    for engine in ENGINES:
        build_funnels(
            warehouse, reference, engine, {name: as_json(value) for name, value in given.items()}
        )
    return Answered(warehouse, understand(landed(warehouse.lake), reference, Params(**given)))
