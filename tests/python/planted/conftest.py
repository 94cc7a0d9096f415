"""A simulated company in a warehouse, beside the truth that was planted in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from warehouse import Warehouse

from productpulse.simulator import world as w
from productpulse.simulator.simulate import simulate

Row = dict[str, Any]

# Small, with enough dirt of every kind; over a leap day and ISO week 53 of 2020.
DIRT = w.Dirt(
    duplicate_differs=0.002, late=0.01, clock_skew=0.004, future=0.001, epoch=0.001,
    unplanned_name=0.002, blank_event_id=0.0005, null_event_id=0.0005, blank_user_id=0.0005,
    orphan_event=0.001, broken_json=0.0005, bot=0.01, internal_user=0.02, deleted_user=0.03,
    shared_device=0.05, clock_change_night=0.05, hostile_text=0.05, shown_again=0.05,
    shown_another=0.05, same_day_changes=0.1, overlapping=0.15, inverted=0.03,
    no_exchange_rate=0.03, orphan_change=0.04,
)  # fmt: skip
# Billing that loses money in every way it can.
LEAKS = w.Leaks(
    invoice_overdue=0.03, payment_not_recovered=0.03, period_not_invoiced=0.03, billed_less=0.03,
    paid_less=0.03, discount_after_end=0.5, seats_over_paid=0.2, use_after_end=0.2,
)  # fmt: skip
WORLD = w.World(users=2_500, days=500, as_of=date(2021, 2, 28), dirt=DIRT, leaks=LEAKS)


@dataclass(frozen=True)
class Planted:
    """A folder of raw tables with its truth, and the warehouse built from it."""

    folder: Path
    warehouse: Warehouse

    def truth(self, name: str) -> list[Row]:
        """The rows of a table of the truth."""
        return pq.read_table(self.folder / "truth" / f"{name}.parquet").to_pylist()

    def raw(self, name: str) -> list[Row]:
        """The rows of a raw table."""
        return pq.read_table(self.folder / f"{name}.parquet").to_pylist()


@pytest.fixture(scope="session")
def planted(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Planted:
    """One world for all scores."""
    folder = tmp_path_factory.mktemp("planted") / "world"
    simulate(WORLD, folder)
    warehouse = new_warehouse("planted")
    warehouse.command("load", folder)
    warehouse.build()
    return Planted(folder, warehouse)
