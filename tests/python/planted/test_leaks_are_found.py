"""Every planted leak is found by its rule, to the cent and the day, and nothing else is."""

import pytest
from oracle.leakage import RULES

from .conftest import Planted, Row

AS_TRUE = ("account_id", "detected_for_date", "amount_cents", "currency")


def place(row: Row) -> tuple:
    """What a leak is about: a bill, or a contract at a date."""
    return row["subscription_id"], row["invoice_id"] or row["detected_for_date"]


@pytest.mark.parametrize("rule", RULES)
def test_precision_and_recall_are_one(planted: Planted, rule: str) -> None:
    true, found = (
        {place(row): [row[name] for name in AS_TRUE] for row in rows if row["rule_id"] == rule}
        for rows in (planted.truth("leaks"), planted.warehouse.table("fct_revenue_leakage"))
    )
    assert true, "nothing of the kind was planted"
    assert found == true
