"""Revenue in docs/dialects.md: oracle and warehouse give its numbers for its subscriptions."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from oracle import Params, Raw, arr_by_period, read_reference, understand
from oracle.worlds import write_world
from warehouse import Warehouse

from productpulse.paths import project_root
from productpulse.raw_schema import raw_tables

from .project import build_revenue

SECTION = (project_root() / "docs" / "dialects.md").read_text().split("\n## Revenue\n")[1]
SECTION = SECTION.split("\n## ")[0]
AS_OF = date(2024, 3, 31)
# | `profile` | statuses | grace | cancel | discount | fx | refund |
PROFILES = {
    profile: {
        "mrr_statuses": tuple(statuses.split(", ")),
        "past_due_grace_days": int(grace),
        "cancel_policy": cancel,
        "discount_policy": discount,
        "fx_policy": fx,
        "refund_policy": refund,
    }
    for profile, statuses, grace, cancel, discount, fx, refund in re.findall(
        r"^\| `(\w+)` \| ([\w, ]+) \| (\d+) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$", SECTION, re.M
    )
}
# | `profile`, `policy: value` | MRR | customers | because |
ANSWERS = re.findall(r"^\| `(\w+)`(?:, `(\w+): (.+)`)? \| ([\d.]+) \| (\d+) \|", SECTION, re.M)


def subscriptions() -> Raw:
    """The subscriptions of the page."""
    raw: Raw = {name: [] for name in raw_tables()}
    (text,) = re.findall(r"```csv\n(.*?)```", SECTION, re.S)
    for number, row in enumerate(csv.DictReader(text.splitlines())):
        moments = {
            name: datetime.fromisoformat(row[name]).replace(tzinfo=UTC) if row[name] else None
            for name in ("changed_at", "discount_ends_at", "cancel_requested_at", "refunded_at")
        }
        subscription = {"subscription_id": row["subscription_id"]}
        if subscription not in [
            {"subscription_id": s["subscription_id"]} for s in raw["subscriptions"]
        ]:
            raw["subscriptions"].append(
                subscription
                | {
                    "account_id": row["subscription_id"],
                    "created_at": moments["changed_at"],
                    "cancel_requested_at": moments["cancel_requested_at"],
                }
            )
        raw["subscription_changes"].append(
            subscription
            | {
                "change_id": str(number),
                "changed_at": moments["changed_at"],
                "status": row["status"],
                "plan_id": "team",
                "billing_interval": "month",
                "quantity": 1,
                "unit_amount": 10_000,
                "discount_percent": Decimal(row["discount_percent"] or 0),
                "discount_ends_at": moments["discount_ends_at"],
                "currency": row["currency"],
            }
        )
        if moments["refunded_at"]:
            _refund(raw, row["subscription_id"], moments["refunded_at"])
    return raw


def _refund(raw: Raw, subscription_id: str, moment: datetime) -> None:
    money = {"amount": 10_000, "currency": "USD", "attempted_at": moment, "status": "succeeded"}
    invoice = {
        "invoice_id": subscription_id,
        "subscription_id": subscription_id,
        "issued_at": moment,
    }
    raw["invoices"].append(invoice | {"amount_due": 10_000, "currency": "USD", "status": "paid"})
    raw["payments"] += [
        {"payment_id": f"{subscription_id}_{kind}", "invoice_id": subscription_id, "kind": kind}
        | money
        for kind in ("charge", "refund")
    ]


@pytest.fixture(scope="module")
def loaded(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    folder: Path = tmp_path_factory.mktemp("dialects")
    write_world(subscriptions(), folder)
    warehouse = new_warehouse("revenue_dialects")
    warehouse.command("load", folder, "--target", "duckdb")
    return warehouse


def test_the_page_has_an_answer_for_each_profile_and_policy() -> None:
    assert {profile for profile, *_ in ANSWERS} == PROFILES.keys()
    assert {policy for _, policy, *_ in ANSWERS if policy} == PROFILES["house"].keys()


@pytest.mark.parametrize(("profile", "policy", "value", "mrr", "customers"), ANSWERS)
def test_each_number_of_the_page_holds(
    profile: str, policy: str, value: str, mrr: str, customers: str
) -> None:
    given: dict[str, Any] = dict(PROFILES[profile])
    if policy:
        given[policy] = _parameter(value)
    reference = read_reference(project_root() / "seeds")
    company = understand(subscriptions(), reference, Params(as_of_date=AS_OF, **given))
    (month,) = (
        row
        for row in arr_by_period(company)
        if (row["period_grain"], row["segment_name"]) == ("month", "all")
        and row["period_start"] == AS_OF.replace(day=1)
    )
    assert (month["closing_arr_amount"], month["customers"]) == (12 * Decimal(mrr), int(customers))


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_the_warehouse_has_the_policies_of_the_page(profile: str, loaded: Warehouse) -> None:
    ((mrr, customers),) = (
        (mrr, int(customers))
        for p, policy, _, mrr, customers in ANSWERS
        if (p, policy) == (profile, "")
    )
    build_revenue(
        loaded,
        {"revenue_profile": profile, "as_of_date": AS_OF.isoformat()},
        "int_revenue__account_intervals",
    )
    found = loaded.rows(
        "select sum(mrr_cents), count(*) from intermediate.int_revenue__account_intervals"
        " where valid_to is null and mrr_cents > 0",
        "duckdb",
    )
    assert found == [(int(Decimal(mrr) * 100), customers)]


def _parameter(text: str) -> Any:
    if text.startswith("["):
        return tuple(text.strip("[]").split(", "))
    return int(text) if text.isdigit() else text
