"""Each billing practice can be switched on and shows in the invoices as it is described."""

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from productpulse.simulator import world as w
from productpulse.simulator.simulate import simulate

from .conftest import NO_DIRT, Tables, tables, truth

# Small accounts that change often; nothing goes wrong.
LIFE = w.Subscriptions(
    accounts_signing=1, starts_free=0, trial_converts=1, downgrade=0.1, pause=0.05, coupon=0.5
)
NO_LEAKS = w.Leaks(**{field.name: 0.0 for field in dataclasses.fields(w.Leaks)})
WORLD = w.World(
    users=400,
    days=300,
    intensity=0.1,
    people=w.People(account_size_exponent=2.5),
    subscriptions=LIFE,
    leaks=NO_LEAKS,
    dirt=NO_DIRT,
)
END = pd.Timestamp("2026-07-01", tz="UTC")
Simulated = tuple[Tables, Tables]
"""The raw tables of a simulation and its truth."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Simulated]:
    """Simulates a company with some practices."""

    def make(
        leaks: w.Leaks = NO_LEAKS,
        add_on: float = 0,
        coupon_amounts: float = 0,
        **practices: Any,
    ) -> Simulated:
        life = dataclasses.replace(LIFE, add_on=add_on, coupon_amounts=coupon_amounts)
        billing = w.Billing(void=0, credited=0, **practices)
        world = dataclasses.replace(WORLD, subscriptions=life, billing=billing, leaks=leaks)
        simulate(world, folder := tmp_path_factory.mktemp("billing") / "world")
        return tables(folder), truth(folder)

    return make


@pytest.fixture(scope="module")
def plain(company: Callable[..., Simulated]) -> Simulated:
    return company()


def test_in_arrears_an_invoice_comes_when_its_period_is_over(
    company: Callable[..., Simulated], plain: Simulated
) -> None:
    invoices = company(in_arrears=1)[0]["invoices"]
    assert (invoices["issued_at"] == invoices["period_end"]).all()
    assert (plain[0]["invoices"]["issued_at"] == plain[0]["invoices"]["period_start"]).all()
    # The same periods at the same prices, except for those that are not over.
    columns = ["subscription_id", "period_start", "period_end", "amount_due"]
    over = plain[0]["invoices"][plain[0]["invoices"]["period_end"] < END]
    expected = over.sort_values(columns)[columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        invoices.sort_values(columns)[columns].reset_index(drop=True), expected
    )


def test_a_period_in_arrears_is_missing_from_its_beginning_once_it_is_over(
    company: Callable[..., Simulated],
) -> None:
    leaks = dataclasses.replace(NO_LEAKS, period_not_invoiced=0.3)
    (raw, true), (_, ahead) = company(leaks, in_arrears=1), company(leaks)
    missing = {(row.subscription_id, row.detected_for_date) for row in true["leaks"].itertuples()}
    at_once = {(row.subscription_id, row.detected_for_date) for row in ahead["leaks"].itertuples()}
    assert missing
    assert missing < at_once
    invoices = raw["invoices"]
    written = set(zip(invoices["subscription_id"], invoices["period_start"].dt.date, strict=True))
    assert not missing & written


def test_invoices_of_accounts_are_for_all_subscriptions_of_a_period(
    company: Callable[..., Simulated],
) -> None:
    apart, together = company(add_on=1)[0], company(add_on=1, of_account=1)[0]
    invoices = together["invoices"]
    mine = invoices[invoices["account_id"].notna()]
    assert mine["subscription_id"].isna().all()
    assert invoices[invoices["account_id"].isna()]["subscription_id"].notna().all()
    assert len(mine) < len(apart["invoices"][apart["invoices"]["account_id"].notna()])
    period = ["account_id", "currency", "period_start", "period_end"]
    sums = apart["invoices"].groupby(period)["amount_due"].sum().sort_index()
    pd.testing.assert_series_equal(mine.groupby(period)["amount_due"].sum().sort_index(), sums)
    assert not mine.duplicated(period).any()


def test_lines_add_up_to_the_invoice_and_say_the_price(
    company: Callable[..., Simulated], plain: Simulated
) -> None:
    raw = company(with_lines=1, tax=0.1)[0]
    lines, invoices = raw["invoice_lines"], raw["invoices"].set_index("invoice_id")
    by_kind = lines.pivot_table(index="invoice_id", columns="kind", values="amount", aggfunc="sum")
    by_kind = by_kind.reindex(invoices.index).fillna(0)
    assert set(by_kind.columns) == {"period", "discount", "proration", "tax"}
    assert (by_kind.sum(axis=1) == invoices["amount_due"]).all()
    net = plain[0]["invoices"].set_index("invoice_id")["amount_due"]
    assert (by_kind.drop(columns="tax").sum(axis=1) == net).all()
    assert (by_kind["tax"] - net * 0.1).abs().max() <= 0.5
    assert (by_kind["discount"] <= 0).all()
    assert (by_kind["discount"] < 0).any()
    assert set(lines["subscription_id"].dropna()) == set(invoices["subscription_id"])


def test_what_falls_within_a_paid_period_comes_off_the_next_invoices(
    company: Callable[..., Simulated],
) -> None:
    raw = company(credits_falls=1, with_lines=1, tax=0)[0]
    lines, invoices = raw["invoice_lines"], raw["invoices"]
    assert (invoices["amount_due"] >= 0).all()
    taken = -lines[lines["kind"] == "credit"].groupby("invoice_id")["amount"].sum()
    assert len(taken) > 20
    assert (invoices.set_index("invoice_id").loc[taken.index, "amount_due"] == 0).any()
    # Counted again: the rest of the period on the invoice, to the second.
    changes = raw["subscription_changes"].sort_values(["subscription_id", "changed_at"])
    whole = invoices.merge(lines[lines["kind"] == "period"][["invoice_id"]])
    owed: dict[str, int] = {}
    for subscription, states in changes.groupby("subscription_id"):
        mine = whole[whole["subscription_id"] == subscription]
        rows = list(states.itertuples())
        for before, after in itertools.pairwise(rows):
            at: Any = after.changed_at
            within = mine[(mine["period_start"] < at) & (at < mine["period_end"])]
            if before.status == "active" and after.status in ("active", "paused") and len(within):
                period = within.iloc[0]
                rest = (period.period_end - at) / (period.period_end - period.period_start)
                fall = price(before, at) - (price(after, at) if after.status == "active" else 0)
                owed[str(subscription)] = owed.get(str(subscription), 0) + max(
                    int(fall * rest + 0.5), 0
                )
    used = taken.groupby(invoices.set_index("invoice_id")["subscription_id"]).sum()
    later = invoices.groupby("subscription_id")["issued_at"].count()
    assert all(used[subscription] <= owed[subscription] + 1 for subscription in used.index)
    # Most is deducted in the end; the rest belongs to customers without a further invoice.
    settled = [
        subscription
        for subscription in used.index
        if abs(used[subscription] - owed[subscription]) <= 1
    ]
    assert len(settled) > 0.6 * len(used)
    assert set(used.index) <= set(later.index)


def price(state: Any, at: pd.Timestamp) -> int:
    """What a period costs in a state."""
    percent = 0 if pd.isna(state.discount_percent) else float(state.discount_percent)
    if not pd.isna(state.discount_ends_at) and state.discount_ends_at <= at:
        percent = 0
    return int(state.quantity * state.unit_amount * (1 - percent / 100) + 0.5 + 1e-9)


def test_coupons_of_amounts_come_off_invoices(company: Callable[..., Simulated]) -> None:
    raw = company(coupon_amounts=1)[0]
    changes, invoices = raw["subscription_changes"], raw["invoices"]
    assert changes["discount_percent"].isna().all()
    assert changes["discount_amount"].notna().any()
    first = changes[changes["status"] == "active"].groupby("subscription_id").first()
    of_invoices = invoices.groupby("subscription_id")[["period_start", "amount_due"]].first()
    both = pd.concat([first, of_invoices], axis=1, join="inner")
    both = both[(both["changed_at"] == both["period_start"]) & both["discount_amount"].notna()]
    full = both["quantity"] * both["unit_amount"]
    assert len(both) > 20
    assert (both["amount_due"] == full - both["discount_amount"]).all()


def test_local_months_begin_at_midnight_after_a_first_part(
    company: Callable[..., Simulated],
) -> None:
    raw = company(local_months=1)[0]
    changes = raw["subscription_changes"]
    monthly = set(changes.loc[changes["billing_interval"] == "month", "subscription_id"])
    invoices = raw["invoices"]
    invoices = invoices[invoices["subscription_id"].isin(monthly)].sort_values("period_start")
    starts, ends = (invoices[name].dt.tz_convert("America/New_York") for name in PERIOD)
    is_midnight = (starts.dt.day == 1) & (starts.dt.hour == 0) & (starts.dt.minute == 0)
    assert is_midnight.mean() > 0.5
    assert ((ends.dt.day == 1) & (ends.dt.hour == 0)).all()
    assert {start.utcoffset() for start in starts[is_midnight]} == {
        pd.Timedelta(hours=-4),
        pd.Timedelta(hours=-5),
    }
    # The first part by days, including the first day.
    of_invoices = invoices.groupby("subscription_id")[["period_start", "amount_due"]].first()
    active = changes[changes["status"] == "active"].groupby("subscription_id").first()
    first = pd.concat([active, of_invoices], axis=1, join="inner")
    first = first[first["changed_at"] == first["period_start"]]
    begun = first["period_start"].dt.tz_convert("America/New_York")
    days = begun.dt.days_in_month
    share = (days - begun.dt.day + 1) / days
    full = first.apply(lambda row: price(row, row["period_start"]), axis=1)
    assert len(first) > 20
    assert ((full * share) - first["amount_due"]).abs().max() <= 0.5 + full.max() / 28 / 24


PERIOD = ("period_start", "period_end")


def test_the_export_of_invoices_may_end_early(
    company: Callable[..., Simulated], plain: Simulated
) -> None:
    raw, true = company(w.Leaks(), export_ends_days=30)
    last = END - pd.Timedelta(days=30)
    for name, at in (("invoices", "issued_at"), ("payments", "attempted_at")):
        assert raw[name][at].max() < last
    assert raw["subscription_changes"]["changed_at"].max() > last
    of_invoices = true["leaks"][
        ~true["leaks"]["rule_id"].isin(["seats_over_paid", "use_after_end"])
    ]
    assert (of_invoices["detected_for_date"] < last.date()).all()
    paid = raw["payments"].query("kind == 'charge' and status == 'succeeded'")["invoice_id"]
    said = raw["invoices"].query("status == 'paid'")["invoice_id"]
    assert set(said) == set(paid)


def test_what_is_written_off_is_still_a_leak(company: Callable[..., Simulated]) -> None:
    leaks = dataclasses.replace(NO_LEAKS, invoice_overdue=0.2)
    (raw, true), (_, without) = company(leaks, written_off=1), company(leaks)
    pd.testing.assert_frame_equal(true["leaks"], without["leaks"])
    invoices = raw["invoices"].set_index("invoice_id")
    old = true["leaks"].loc[true["leaks"]["rule_id"] == "invoice_overdue", "invoice_id"]
    long_due = invoices.loc[old, "due_at"] < END - pd.Timedelta(days=60)
    assert set(invoices.loc[old][long_due]["status"]) == {"uncollectible"}
    assert set(invoices.loc[old][~long_due]["status"]) == {"open"}
