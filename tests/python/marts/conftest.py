"""Worlds full of edge cases, built on both engines once per session, with two parameter sets."""

import csv
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from oracle import Company, Params, Raw, read_raw, read_reference, understand
from oracle.worlds import combine, edge_world, loads, with_corrections, write_world
from warehouse import ENGINES, OWN_FOLDER, Warehouse

from productpulse.paths import project_root
from productpulse.raw_schema import raw_tables

OTHER_THAN_DEFAULT: dict[str, Any] = {
    "reporting_timezone": "America/New_York",
    "reporting_currency": "EUR",
    "week_start": "sunday",
    "as_of_date": date(2024, 3, 20),
    "fiscal_year_start_month": 2,
    "min_plausible_date": date(2010, 1, 1),
    "future_skew_minutes": 60,
    "unknown_events_are_activity": False,
    "events_link_devices": False,
    "include_internal_users": True,
    "include_deleted_users": True,
    "mau_window_days": 30,
    "session_gap_minutes": 45,
    "use_source_sessions": True,
    "journey_max_steps": 3,
    "retention_max_day": 12,
    "unbounded_horizon_periods": 5,
    "mrr_statuses": ("trialing", "active", "past_due", "unpaid"),
    "past_due_grace_days": 5,
    "cancel_policy": "at_request",
    "discount_policy": "permanent",
    "fx_policy": "at_signing",
    "refund_policy": "full_refund_ends",
    "gross_margin_rate": Decimal("0.7"),
    "ltv_cap_months": 24,
    "experiment_alpha": 0.1,
    "experiment_power": 0.9,
    "cuped_pre_days": 10,
    "srm_alpha": 0.3,
    "churn_horizon_months": 2,
    "rule_min_churns": 1,
    "rule_min_lift": 1,
    "signal_memory_days": 20,
    "rfm_window_days": 25,
    "scenario_base_months": 1,
}
MORNING = datetime(2024, 6, 8, 9, tzinfo=UTC)
SEEDS = (1, 2, 3, 4, 5, 8)
PARAMETERS = {"default": {}, "other": OTHER_THAN_DEFAULT}
EVERY_CUT = "cohort_basis,period_grain,retention_type,segment_name\n*,*,*,*\n"
"""The seed `retention_cuts` with the other parameters: by default part of the cells is kept."""


@dataclass(frozen=True)
class Answered:
    """A built warehouse, what was loaded into it, and the oracle's view of the same rows."""

    warehouse: Warehouse
    raw: Raw
    params: Params
    company: Company


def edges(seeds: Iterable[int] = SEEDS) -> Raw:
    """Small worlds side by side, around a leap day and around ISO week 53, in two loads.

    They end in the morning of a day, so that this day is not over.
    """
    reference = read_reference(project_root() / "seeds")
    worlds = {f"w{seed}_": edge_world(seed, reference) for seed in seeds}
    return with_corrections(_with_a_morning(combine(worlds)), seed=1)


def _with_a_morning(raw: Raw) -> Raw:
    """The same, but most users come once more, on a day after all others."""
    known = {row["user_id"]: row for row in raw["events"] if (row["user_id"] or "").strip()}
    mornings = [
        row
        | {"event_id": f"morning_{number}"}
        | dict.fromkeys(("occurred_at", "received_at"), MORNING + timedelta(minutes=number))
        for number, row in enumerate(known.values())
    ]
    return raw | {"events": [*raw["events"], *mornings]}


@pytest.fixture(scope="session")
def world() -> Raw:
    """The worlds that are built and compared."""
    return edges()


@pytest.fixture(scope="session", params=PARAMETERS)
def answered(
    request: pytest.FixtureRequest,
    world: Raw,
    new_warehouse: Callable[[str], Warehouse],
    tmp_path_factory: pytest.TempPathFactory,
) -> Answered:
    """The worlds loaded and built with one set of parameters."""
    given = PARAMETERS[request.param]
    warehouse = new_warehouse(f"edges_{request.param}")
    for number, load in enumerate(loads(world)):
        folder = tmp_path_factory.mktemp(f"load_{number}")
        write_world(load, folder)
        warehouse.command("load", folder)
    folder = tmp_path_factory.mktemp(request.param) / "own"
    make_folder(folder, request.param)
    for engine in ENGINES:
        variables = {name: as_json(value) for name, value in given.items()}
        warehouse.build(engine, variables, folder)
    raw = landed(warehouse.lake)
    params = Params(**given)
    reference = read_reference(folder / "seeds")
    return Answered(warehouse, raw, params, understand(raw, reference, params))


def make_folder(folder: Path, parameters: str) -> None:
    """Make a folder of one's own whose seeds fit to the set of parameters of this name."""
    shutil.copytree(OWN_FOLDER, folder)
    if parameters == "other":
        (folder / "seeds" / "retention_cuts.csv").write_text(EVERY_CUT)
        in_euros(folder / "seeds" / "exchange_rates.csv")


def in_euros(seed: Path) -> None:
    """Convert rates into dollars to rates into euros."""
    with seed.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    euro = {row["month"]: Decimal(row["rate"]) for row in rows if row["currency"] == "EUR"}
    with seed.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0].keys())
        writer.writeheader()
        for row in rows:
            rate = round(Decimal(row["rate"]) / euro[row["month"]], 10)
            writer.writerow(row | {"rate": rate})


def as_json(value: Any) -> Any:
    """A parameter in the form that dbt accepts."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return list(value) if isinstance(value, tuple) else value


def landed(lake: Path) -> Raw:
    """All raw rows as they were loaded, with the moment of their load, and the loads themselves."""
    raw: Raw = {name: [] for name in raw_tables()}
    raw["loads"] = []
    for folder in sorted(path for path in lake.iterdir() if path.is_dir()):
        raw["loads"] += pq.read_table(folder / "loads.parquet").to_pylist()
        for name, rows in read_raw(folder).items():
            raw[name] += rows
    return raw
