"""Leaks are found among invoices of all kinds: late, early, together, by lines, with credits."""

from collections.abc import Callable
from datetime import date

import pytest
from oracle.leakage import RULES
from warehouse import Warehouse

from productpulse.simulator.simulate import simulate
from productpulse.simulator.world_file import read_world, world

from .conftest import Planted, Row

LOWEST_PRECISION, LOWEST_RECALL = 0.99, 0.95
PARAMETERS = read_world("billing") | {"users": 5_000, "days": 500}
WORLD = world(PARAMETERS | {"as_of": date(2021, 2, 28)})
# Use that is owed only by customers.
RULES_OF_USE = ("seats_over_paid", "use_after_end")


@pytest.fixture(scope="module")
def billed(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Planted:
    folder = tmp_path_factory.mktemp("billed") / "world"
    simulate(WORLD, folder)
    warehouse = new_warehouse("billed")
    warehouse.command("load", folder, "--target", "duckdb")
    warehouse.dbt(
        *("build", "duckdb", "--select", "config.materialized:seed", "+fct_revenue_leakage"),
        *("+fct_mrr_movements", "--exclude-resource-type", "test", "unit_test"),
    )
    return Planted(folder, warehouse)


def place(row: Row) -> tuple:
    """What a leak is about: an invoice, or a subscription in a month."""
    if row["rule_id"] == "period_not_invoiced":
        return row["subscription_id"], row["detected_for_date"].replace(day=1)
    return row["invoice_id"] or row["subscription_id"], None


@pytest.mark.parametrize("rule", RULES)
def test_precision_and_recall(billed: Planted, rule: str) -> None:
    customers = {row["account_id"] for row in billed.truth("mrr_movements")}
    true = {
        place(row)
        for row in billed.truth("leaks")
        if row["rule_id"] == rule and (rule not in RULES_OF_USE or row["account_id"] in customers)
    }
    rows = billed.warehouse.table("fct_revenue_leakage", "duckdb", f"rule_id = '{rule}'")
    found = {place(row) for row in rows if row["is_lost"]}
    right = len(found & true)
    print(f"| `{rule}` | {len(true)} | {right / len(found):.3f} | {right / len(true):.3f} |")
    assert right >= LOWEST_PRECISION * len(found)
    assert right >= LOWEST_RECALL * len(true)


def test_coupons_of_amounts_and_add_ons_are_in_the_mrr(billed: Planted) -> None:
    columns = ("date", "account_id", "movement_type", "amount_cents")
    rows = billed.warehouse.table("fct_mrr_movements", "duckdb")
    found = {tuple(row[name] for name in columns) for row in rows}
    assert any(row["discount_amount"] for row in billed.raw("subscription_changes"))
    assert found == {tuple(row[name] for name in columns) for row in billed.truth("mrr_movements")}
