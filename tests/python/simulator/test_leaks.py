"""Every planted leak has evidence in the raw tables, and everything with evidence is a leak."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from productpulse.simulator import world as w
from productpulse.simulator.simulate import simulate

from .conftest import CLEAN, END, Tables, tables, truth

RULES = {
    *("invoice_overdue", "payment_not_recovered", "period_not_invoiced", "billed_less"),
    *("discount_after_end", "paid_less", "seats_over_paid", "use_after_end"),
}


LEAKY = dataclasses.replace(
    CLEAN,
    leaks=w.Leaks(
        invoice_overdue=0.03, payment_not_recovered=0.03, period_not_invoiced=0.03,
        billed_less=0.03, paid_less=0.03, discount_after_end=0.5, seats_over_paid=0.2,
        use_after_end=0.2,
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def leaky_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    simulate(LEAKY, folder := tmp_path_factory.mktemp("simulated") / "leaky")
    return folder


@pytest.fixture(scope="module")
def leaky(leaky_dir: Path) -> Tables:
    return tables(leaky_dir)


@pytest.fixture(scope="module")
def leaks(leaky_dir: Path) -> pd.DataFrame:
    """The planted ones."""
    return truth(leaky_dir)["leaks"]


@pytest.fixture(scope="module")
def invoices(leaky: Tables) -> pd.DataFrame:
    """Valid invoices with what happened to them, and the state of their subscription."""
    payments = leaky["payments"]
    charges = payments[payments["kind"] == "charge"]
    succeeded = charges[charges["status"] == "succeeded"].groupby("invoice_id")["amount"].sum()
    failed = charges[charges["status"] == "failed"].groupby("invoice_id")["attempted_at"].min()
    invoices = leaky["invoices"][leaky["invoices"]["status"] != "void"].copy()
    invoices["paid"] = invoices["invoice_id"].map(succeeded)
    invoices["failed_at"] = invoices["invoice_id"].map(failed)
    changes = leaky["subscription_changes"].sort_values("changed_at", kind="stable")
    of_subscription = ("subscription_id", "changed_at", "status", "quantity", "unit_amount")
    states = changes[[*of_subscription, "discount_percent", "discount_ends_at"]]
    invoices = pd.merge_asof(
        invoices.sort_values("issued_at", kind="stable"),
        states,
        left_on="issued_at",
        right_on="changed_at",
        by="subscription_id",
        suffixes=("", "_of_subscription"),
    )
    lasts = invoices["discount_ends_at"].isna() | (
        invoices["discount_ends_at"] > invoices["issued_at"]
    )
    percent = invoices["discount_percent"].astype(float).where(lasts).fillna(0)
    full = invoices["quantity"] * invoices["unit_amount"]
    invoices["contracted"] = (full * (1 - percent / 100) + 0.5 + 1e-9).astype(int)
    # The rest of a period in which the subscription grows is billed from the change on.
    first = changes.groupby("subscription_id")["changed_at"].min()
    begins = invoices["issued_at"] == invoices["subscription_id"].map(first)
    invoices["is_whole"] = (invoices["issued_at"] != invoices["changed_at"]) | begins
    return invoices


def ids(leaks: pd.DataFrame, rule: str) -> dict[str, int]:
    mine = leaks[leaks["rule_id"] == rule]
    return dict(zip(mine["invoice_id"], mine["amount_cents"], strict=True))


def test_every_rule_has_leaks_and_no_invoice_has_two(leaks: pd.DataFrame) -> None:
    assert set(leaks["rule_id"]) == RULES
    assert (leaks["amount_cents"] > 0).all()
    assert not leaks["invoice_id"].dropna().duplicated().any()


def test_what_is_unpaid_is_overdue_or_failed(leaks: pd.DataFrame, invoices: pd.DataFrame) -> None:
    unpaid = invoices[invoices["paid"].isna()]
    overdue = unpaid[unpaid["failed_at"].isna() & (unpaid["due_at"] < END)]
    found = dict(zip(overdue["invoice_id"], overdue["amount_due"], strict=True))
    assert found == ids(leaks, "invoice_overdue")
    failed = unpaid[unpaid["failed_at"] < END - pd.Timedelta(days=14)]
    found = dict(zip(failed["invoice_id"], failed["amount_due"], strict=True))
    assert found == ids(leaks, "payment_not_recovered")


def test_what_is_paid_short_is_a_leak(leaks: pd.DataFrame, invoices: pd.DataFrame) -> None:
    short = invoices[invoices["paid"] < invoices["amount_due"]]
    found = dict(zip(short["invoice_id"], short["amount_due"] - short["paid"], strict=True))
    assert found == ids(leaks, "paid_less")


def test_what_is_billed_short_is_a_leak(leaks: pd.DataFrame, invoices: pd.DataFrame) -> None:
    whole = invoices[invoices["is_whole"] & (invoices["amount_due"] < invoices["contracted"])]
    found = dict(zip(whole["invoice_id"], whole["contracted"] - whole["amount_due"], strict=True))
    planted = ids(leaks, "billed_less") | ids(leaks, "discount_after_end")
    billed_from_change = set(invoices.loc[~invoices["is_whole"], "invoice_id"])
    assert found == {key: v for key, v in planted.items() if key not in billed_from_change}
    assert len(found) > 0.8 * len(planted)
    over = invoices[invoices["invoice_id"].isin(ids(leaks, "discount_after_end"))]
    assert (over["discount_ends_at"] <= over["issued_at"]).all()


def test_a_period_without_invoice_has_none(leaks: pd.DataFrame, leaky: Tables) -> None:
    mine = leaks[leaks["rule_id"] == "period_not_invoiced"]
    assert mine["invoice_id"].isna().all()
    invoices = leaky["invoices"]
    written = set(zip(invoices["subscription_id"], invoices["period_start"].dt.date, strict=True))
    missing = set(zip(mine["subscription_id"], mine["detected_for_date"], strict=True))
    assert missing
    assert not missing & written


def test_seats_over_paid_are_members_without_a_seat(leaks: pd.DataFrame, leaky: Tables) -> None:
    mine = leaks[leaks["rule_id"] == "seats_over_paid"]
    members = leaky["users"]["account_id"].value_counts()
    last = leaky["subscription_changes"].groupby("subscription_id")["quantity"].last()
    seats = mine["subscription_id"].map(last).to_numpy()
    assert (mine["account_id"].map(members).to_numpy() > seats).all()


def test_use_after_the_end_is_seen_in_events(leaks: pd.DataFrame, leaky: Tables) -> None:
    mine = leaks[leaks["rule_id"] == "use_after_end"]
    users = leaky["users"]
    payer = users["account_id"].fillna(users["user_id"])
    payer_of = dict(zip(users["user_id"], payer, strict=True))
    events = leaky["events"]
    last = events.groupby(events["user_id"].map(payer_of))["occurred_at"].max()
    ended = leaky["subscriptions"].set_index("subscription_id")["ended_at"]
    assert (
        mine["account_id"].map(last).to_numpy() > mine["subscription_id"].map(ended).to_numpy()
    ).all()
