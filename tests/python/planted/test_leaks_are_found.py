"""Every planted leak is found by its rule, to the cent and the day, and nothing else is."""

import pytest
from oracle.leakage import RULES

from .conftest import Planted, Row

AS_TRUE = ("account_id", "detected_for_date", "amount_cents", "currency")


def place(row: Row) -> tuple:
    """What a leak is about: an invoice, or a subscription at a date."""
    return row["subscription_id"], row["invoice_id"] or row["detected_for_date"]


# Use that is owed only by customers.
RULES_OF_USE = ("seats_over_paid", "use_after_end")


@pytest.mark.parametrize("rule", RULES)
def test_precision_and_recall_are_one(planted: Planted, rule: str) -> None:
    customers = {row["account_id"] for row in planted.truth("mrr_movements")}
    true = {}
    for row in planted.truth("leaks"):
        if row["rule_id"] == rule:
            is_lost = rule not in RULES_OF_USE or row["account_id"] in customers
            true[place(row)] = [is_lost, *(row[name] for name in AS_TRUE)]
            true[place(row)][3] = row["amount_cents"] if is_lost else None
    found = {
        place(row): [row["is_lost"], *(row[name] for name in AS_TRUE)]
        for row in planted.warehouse.table("fct_revenue_leakage")
        if row["rule_id"] == rule
    }
    assert true, "nothing of the kind was planted"
    assert found == true


def test_use_by_who_never_paid_is_found_and_not_lost(planted: Planted) -> None:
    customers = {row["account_id"] for row in planted.truth("mrr_movements")}
    found = planted.warehouse.table("fct_revenue_leakage", where="rule_id = 'use_after_end'")
    assert {row["is_lost"] for row in found} == {True, False}
    advised = {
        row["account_id"]
        for row in planted.warehouse.table("fct_recommendations", where="cause = 'access'")
    }
    assert advised == {row["account_id"] for row in found} & customers
