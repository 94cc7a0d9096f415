"""The simulated company follows the raw schema, and everything happens in it."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from productpulse.raw_schema import raw_tables
from productpulse.simulator import catalogue
from productpulse.simulator import world as w
from productpulse.simulator.simulate import simulate
from productpulse.simulator.sizes import SIZES
from productpulse.simulator.tables import TYPES

from .conftest import CLEAN, END, START, Tables

# Plans for later, not things that happened.
SCHEDULED = {
    ("subscriptions", "trial_ends_at"),
    ("subscription_changes", "discount_ends_at"),
    ("invoices", "due_at"),
    ("invoices", "period_end"),
}


@pytest.fixture(scope="module")
def in_order(clean: Tables) -> pd.DataFrame:
    """Changes with the state before, oldest first within each subscription."""
    changes = clean["subscription_changes"].sort_values(["subscription_id", "changed_at"])
    before = changes.groupby("subscription_id")[["status", "plan_id", "quantity"]].shift()
    return changes.join(before.add_suffix("_before"))


# It follows the raw schema


@pytest.mark.parametrize("table", list(raw_tables()))
def test_every_table_has_the_columns_and_types_of_the_raw_schema(
    clean_dir: Path, table: str
) -> None:
    written = pq.read_schema(clean_dir / f"{table}.parquet")
    declared = [(c.name, TYPES[c.data_type]) for c in raw_tables()[table].file_columns]
    assert list(zip(written.names, written.types, strict=True)) == declared
    # Lines come with a practice of billing that is off here.
    rows = pq.read_metadata(clean_dir / f"{table}.parquet").num_rows
    assert (rows > 0) == (table != "invoice_lines")


@pytest.mark.parametrize("table", list(raw_tables()))
def test_required_values_are_there_and_keys_are_unique(clean: Tables, table: str) -> None:
    frame, declared = clean[table], raw_tables()[table]
    for column in declared.file_columns:
        if column.presence == "required":
            assert frame[column.name].notna().all(), column.name
            if column.data_type == "text":
                assert (frame[column.name].str.strip() != "").all(), column.name
    if declared.one_of:
        assert frame[list(declared.one_of)].notna().any(axis=1).all()
    assert not frame.duplicated(list(declared.key)).any()


@pytest.mark.parametrize(
    ("table", "column", "parent", "key"),
    [
        ("users", "account_id", "accounts", "account_id"),
        ("user_aliases", "user_id", "users", "user_id"),
        ("subscriptions", "account_id", "accounts", "account_id"),
        ("subscriptions", "user_id", "users", "user_id"),
        ("subscription_changes", "subscription_id", "subscriptions", "subscription_id"),
        ("invoices", "subscription_id", "subscriptions", "subscription_id"),
        ("invoices", "account_id", "accounts", "account_id"),
        ("payments", "invoice_id", "invoices", "invoice_id"),
        ("support_tickets", "account_id", "accounts", "account_id"),
        ("support_tickets", "user_id", "users", "user_id"),
        ("nps_responses", "user_id", "users", "user_id"),
        ("experiment_assignments", "user_id", "users", "user_id"),
    ],
)
def test_every_reference_has_its_row(
    clean: Tables, table: str, column: str, parent: str, key: str
) -> None:
    assert clean[table][column].dropna().isin(clean[parent][key]).all()


def test_nothing_happens_outside_the_world(
    clean: Tables,
) -> None:
    for table, declared in raw_tables().items():
        for column in declared.file_columns:
            named = (table, column.name)
            if column.data_type != "timestamptz" or named in SCHEDULED:
                continue
            values = clean[table][column.name].dropna()
            assert (values >= START).all(), named
            assert (values < END).all(), named


def test_the_last_date_with_events_is_the_as_of_date(clean: Tables) -> None:
    occurred = clean["events"]["occurred_at"]
    assert occurred[occurred < END].max().date() == date(2026, 6, 30)


def test_properties_are_json_objects_with_sorted_keys(clean: Tables) -> None:
    for text in clean["events"]["properties"].dropna().unique():
        assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text


def test_people_act_between_sign_up_and_deletion(clean: Tables) -> None:
    events = clean["events"].merge(clean["users"][["user_id", "created_at", "deleted_at"]])
    assert (events["occurred_at"] >= events["created_at"]).all()
    deleted = events[events["deleted_at"].notna()]
    assert len(deleted)
    assert (deleted["occurred_at"] < deleted["deleted_at"]).all()


# It has the named size


@pytest.mark.parametrize(
    ("size", "events"), [("tiny", (3_000, 15_000)), ("small", (60_000, 160_000))]
)
def test_a_named_size_is_about_that_large(
    tmp_path: Path, size: str, events: tuple[int, int]
) -> None:
    named = SIZES[size]
    rows = simulate(w.World(users=named.users, days=named.days), tmp_path / size)
    assert rows["users"] == named.users
    assert events[0] <= rows["events"] <= events[1]


@pytest.mark.parametrize(
    ("users", "days", "as_of"),
    [(1, 1, "2026-06-30"), (3, 2, "2024-02-29"), (50, 1, "2021-01-03"), (7, 3_000, "2030-02-28")],
)
def test_the_smallest_worlds_have_all_their_users(
    tmp_path: Path, users: int, days: int, as_of: str
) -> None:
    world = w.World(users=users, days=days, as_of=date.fromisoformat(as_of))
    assert simulate(world, tmp_path / "world")["users"] == users


def test_visitors_are_linked_or_stay_strangers(clean: Tables) -> None:
    events, aliases = clean["events"], clean["user_aliases"]
    anonymous = events[events["user_id"].isna() & events["anonymous_id"].notna()]
    linked = anonymous.merge(aliases, on="anonymous_id", suffixes=("", "_known"))
    assert (linked["occurred_at"] < linked["linked_at"]).any()
    assert (linked["occurred_at"] > linked["linked_at"]).any()
    assert (~anonymous["anonymous_id"].isin(aliases["anonymous_id"])).any()


# Everything happens in it


def test_subscriptions_pass_through_every_state_and_back(in_order: pd.DataFrame) -> None:
    steps = Counter(zip(in_order["status_before"], in_order["status"], strict=True))
    for step in [
        ("trialing", "active"),
        ("trialing", "canceled"),
        ("active", "canceled"),  # voluntary
        ("active", "past_due"),
        ("past_due", "active"),
        ("past_due", "unpaid"),
        ("past_due", "canceled"),  # involuntary
        ("unpaid", "canceled"),
        ("active", "paused"),
        ("paused", "active"),
    ]:
        assert steps[step], step


def test_subscriptions_grow_and_shrink(in_order: pd.DataFrame) -> None:
    tiers = {plan.plan_id: tier for tier, plan in enumerate(catalogue.PLANS)}
    tier, before = in_order["plan_id"].map(tiers), in_order["plan_id_before"].map(tiers)
    assert (tier > before).any()
    assert (tier < before).any()
    assert ((before == 0) & (tier > 0)).any()
    assert (in_order["quantity"] > in_order["quantity_before"]).any()
    assert (in_order["quantity"] < in_order["quantity_before"]).any()
    assert in_order.duplicated(["subscription_id", "changed_at"]).sum() == 0
    day = in_order["changed_at"].dt.date
    assert in_order.assign(day=day).duplicated(["subscription_id", "day"]).any()


def test_every_currency_interval_plan_and_kind_of_coupon_is_sold(
    clean: Tables,
) -> None:
    changes = clean["subscription_changes"]
    assert set(changes["currency"]) == {currency.code for currency in catalogue.CURRENCIES}
    assert set(changes["billing_interval"]) == {interval.name for interval in catalogue.INTERVALS}
    assert set(changes["plan_id"]) == {plan.plan_id for plan in catalogue.PLANS}
    coupons = changes[changes["discount_percent"].notna()]
    assert coupons["discount_ends_at"].isna().any()
    assert coupons["discount_ends_at"].notna().any()
    ending = coupons.dropna(subset=["discount_ends_at"])
    assert (ending["discount_ends_at"] > ending["changed_at"]).all()


def test_a_subscription_ends_with_its_change_to_canceled(clean: Tables) -> None:
    subscriptions, changes = clean["subscriptions"], clean["subscription_changes"]
    canceled = changes[changes["status"] == "canceled"].set_index("subscription_id")["changed_at"]
    ended = subscriptions.set_index("subscription_id")["ended_at"].dropna()
    pd.testing.assert_series_equal(
        ended.sort_index(), canceled.sort_index(), check_names=False, check_freq=False
    )
    asked = subscriptions.dropna(subset=["cancel_requested_at", "ended_at"])
    assert (asked["cancel_requested_at"] <= asked["ended_at"]).all()
    assert (asked["cancel_requested_at"] < asked["ended_at"]).any()
    assert subscriptions.loc[subscriptions["ended_at"].isna(), "cancel_requested_at"].notna().any()


def test_customers_come_back_and_hold_two_subscriptions_at_once(
    clean: Tables,
) -> None:
    subscriptions = clean["subscriptions"].dropna(subset=["account_id"])
    pairs = subscriptions.merge(subscriptions, on="account_id", suffixes=("", "_next"))
    pairs = pairs[pairs["subscription_id"] < pairs["subscription_id_next"]]
    assert (pairs["ended_at"] < pairs["created_at_next"]).any()
    assert (pairs["ended_at"].fillna(END) > pairs["created_at_next"]).any()
    assert clean["subscriptions"]["user_id"].notna().any()


def test_invoices_are_paid_once_and_only_while_the_subscription_lasts(
    clean: Tables,
) -> None:
    invoices, payments = clean["invoices"], clean["payments"]
    assert set(invoices["status"]) == {"open", "paid", "void", "uncollectible"}
    assert set(payments["kind"]) == {"charge", "refund", "chargeback", "credit_note"}
    assert {"failed", "succeeded"} <= set(payments["status"])
    assert (invoices["amount_due"] > 0).all()
    valid = invoices[invoices["status"] != "void"]
    assert not valid.duplicated(["subscription_id", "period_start"]).any()

    collected = payments[(payments["kind"] == "charge") & (payments["status"] == "succeeded")]
    assert not collected["invoice_id"].duplicated().any()
    assert set(collected["invoice_id"]) == set(
        invoices.loc[invoices["status"] == "paid", "invoice_id"]
    )
    both = collected.merge(invoices, on="invoice_id")
    assert (both["amount"] <= both["amount_due"]).all()
    assert (both["amount"] == both["amount_due"]).mean() > 0.98  # the others are leaks
    assert (both["attempted_at"] >= both["issued_at"]).all()

    whole = invoices.merge(clean["subscriptions"], on="subscription_id")
    assert (whole["issued_at"] >= whole["created_at"]).all()
    assert (whole["issued_at"] < whole["ended_at"].fillna(END)).all()


def test_people_are_of_every_kind(clean: Tables) -> None:
    users, accounts = clean["users"], clean["accounts"]
    assert users["account_id"].isna().mean() == pytest.approx(CLEAN.people.individuals, abs=0.01)
    assert users["is_internal"].mean() == pytest.approx(CLEAN.dirt.internal_user, abs=0.004)
    assert users["deleted_at"].notna().mean() == pytest.approx(CLEAN.dirt.deleted_user, abs=0.004)
    assert users["email"].dropna().str.fullmatch(r"[a-z0-9.-]+@([a-z0-9-]+\.)*example\.com").all()
    assert not users["email"].dropna().duplicated().any()
    assert set(accounts["company_size"]) == set(catalogue.COMPANY_SIZES)
    assert set(accounts["account_id"]) == set(users["account_id"].dropna())
    sizes = users["account_id"].value_counts()
    assert sizes.median() <= 4
    assert sizes.max() > 20 * sizes.median()


def test_experiments_take_each_user_once(clean: Tables) -> None:
    taken = clean["experiment_assignments"]
    assert not taken.duplicated(["experiment_id", "user_id"]).any()
    shown = set(zip(taken["experiment_id"], taken["variant"], strict=True))
    assert shown == {(e.experiment_id, v.name) for e in w.EXPERIMENTS for v in e.variants}


def test_activity_has_the_weekday_wave_and_a_long_tail(clean: Tables) -> None:
    events = clean["events"]
    opened = events[(events["event_name"] == "app_opened") & (events["occurred_at"] < END)]
    by_weekday = opened["occurred_at"].dt.day_of_week.value_counts()
    assert by_weekday[[5, 6]].max() < 0.5 * by_weekday[[0, 1, 2, 3, 4]].min()
    per_user = opened["user_id"].value_counts()
    assert per_user.quantile(0.99) > 20 * per_user.median()


def test_features_are_used_from_their_launch_and_by_the_entitled(
    clean: Tables,
) -> None:
    features = {feature.feature_id: feature for feature in catalogue.FEATURES}
    events = clean["events"]
    payers = set(clean["subscriptions"]["account_id"].dropna())
    account_of = clean["users"].set_index("user_id")["account_id"]
    for kind in catalogue.EVENTS:
        if kind.feature_id:
            feature = features[kind.feature_id]
            used = events[events["event_name"] == kind.name]
            launched = datetime.combine(feature.launched, datetime.min.time(), UTC)
            # A day in local time may begin up to half a day before it does in UTC.
            assert used["occurred_at"].min() >= launched - pd.Timedelta(hours=12), kind.name
            members = account_of.reindex(used["user_id"].dropna()).dropna()
            assert feature.lowest_tier == 0 or members.isin(payers).all(), kind.name
