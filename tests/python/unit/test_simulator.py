"""The simulated company: reproducible, true to the raw contract, dirty only where it says so."""

import csv
import dataclasses
import hashlib
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.errors import PulseError
from productpulse.paths import project_root
from productpulse.raw_schema import raw_tables
from productpulse.simulator import world as w
from productpulse.simulator.simulate import simulate
from productpulse.simulator.tables import TYPES

TINY = w.World(users=w.SIZES["tiny"].users, days=w.SIZES["tiny"].days)
GROWN = w.World(users=4_500, days=730)  # three blocks of users, long enough for all to happen
NO_DIRT = w.Dirt(**{field.name: 0.0 for field in dataclasses.fields(w.Dirt)})
END = pd.Timestamp("2026-07-01", tz="UTC")
START = pd.Timestamp("2024-07-01", tz="UTC")

# Null or blank only where dirt is planted.
PLANTED = {("events", "event_id")}
# Plans for later, not things that happened.
SCHEDULED = {
    ("subscriptions", "trial_ends_at"),
    ("subscription_changes", "discount_ends_at"),
    ("invoices", "due_at"),
    ("invoices", "period_end"),
}


@pytest.fixture(scope="module")
def grown_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("grown") / "world"
    simulate(GROWN, directory)
    return directory


@pytest.fixture(scope="module")
def grown(grown_dir: Path) -> dict[str, pd.DataFrame]:
    return {name: pd.read_parquet(grown_dir / f"{name}.parquet") for name in raw_tables()}


@pytest.fixture(scope="module")
def in_order(grown: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Changes with the state before, oldest first within each subscription."""
    changes = grown["subscription_changes"].sort_values(["subscription_id", "changed_at"])
    before = changes.groupby("subscription_id")[["status", "plan_id", "quantity"]].shift()
    return changes.join(before.add_suffix("_before"))


def hashes(directory: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in directory.iterdir()}


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["simulate", *map(str, arguments)])
    return result.exit_code, result.output


# Reproducible


def test_the_same_seed_gives_the_same_bytes_in_any_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(TINY, tmp_path / "a")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    simulate(TINY, tmp_path / "b")
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "a")
    simulate(dataclasses.replace(TINY, seed=8), tmp_path / "b")
    a, b = hashes(tmp_path / "a"), hashes(tmp_path / "b")
    assert a.keys() == b.keys()
    assert not [name for name in a if a[name] == b[name]]


def test_one_part_changes_without_reshuffling_the_others(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "a")
    other = dataclasses.replace(TINY, billing=w.Billing(retried=0.5), care=w.Care(nps_answers=0.9))
    simulate(other, tmp_path / "b")
    a, b = hashes(tmp_path / "a"), hashes(tmp_path / "b")
    changed = {name for name in a if a[name] != b[name]}
    assert changed == {"payments.parquet", "nps_responses.parquet", "manifest.json"} | (
        changed & {"invoices.parquet"}  # a bill retried beyond the end is still open
    )


def test_the_manifest_says_what_decides_the_files_and_no_time_of_day(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "a")
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["seed"] == TINY.seed
    assert manifest["parameters"]["as_of"] == "2026-06-30"
    assert manifest["rows"]["users"] == TINY.users
    assert set(manifest) == {"made_by", "parameters", "rows"}


# True to the contract


@pytest.mark.parametrize("table", list(raw_tables()))
def test_every_table_has_the_columns_and_types_of_the_contract(grown_dir: Path, table: str) -> None:
    written = pq.read_schema(grown_dir / f"{table}.parquet")
    declared = [(c.name, TYPES[c.data_type]) for c in raw_tables()[table].file_columns]
    assert list(zip(written.names, written.types, strict=True)) == declared
    assert pq.read_metadata(grown_dir / f"{table}.parquet").num_rows > 0


@pytest.mark.parametrize("table", list(raw_tables()))
def test_required_values_are_there_and_keys_are_unique(
    grown: dict[str, pd.DataFrame], table: str
) -> None:
    frame, contract = grown[table], raw_tables()[table]
    for column in contract.file_columns:
        if column.presence == "required":
            assert frame[column.name].notna().all(), column.name
            if column.data_type == "text" and (table, column.name) not in PLANTED:
                assert (frame[column.name].str.strip() != "").all(), column.name
    if contract.one_of:
        assert frame[list(contract.one_of)].notna().any(axis=1).all()
    if table != "events":
        assert not frame.duplicated(list(contract.key)).any()


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
    grown: dict[str, pd.DataFrame], table: str, column: str, parent: str, key: str
) -> None:
    assert grown[table][column].dropna().isin(grown[parent][key]).all()


def test_nothing_happens_outside_the_world_but_what_is_planted(
    grown: dict[str, pd.DataFrame],
) -> None:
    for table, contract in raw_tables().items():
        for column in contract.file_columns:
            named = (table, column.name)
            if column.data_type != "timestamptz" or named in SCHEDULED:
                continue
            values = grown[table][column.name].dropna()
            if named == ("events", "occurred_at"):
                values = values[(values < END) & (values.dt.year > 1970)]
            assert values.min() >= START, named
            assert values.max() < END, named


def test_the_last_date_with_events_is_the_as_of_date(grown: dict[str, pd.DataFrame]) -> None:
    occurred = grown["events"]["occurred_at"]
    assert occurred[occurred < END].max().date() == date(2026, 6, 30)


def test_properties_are_json_objects_with_sorted_keys(grown: dict[str, pd.DataFrame]) -> None:
    for text in grown["events"]["properties"].dropna().unique():
        assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text


def test_people_act_between_sign_up_and_deletion(grown: dict[str, pd.DataFrame]) -> None:
    events = grown["events"].merge(grown["users"][["user_id", "created_at", "deleted_at"]])
    usual = events[(events["occurred_at"] < END) & (events["occurred_at"].dt.year > 1970)]
    assert (usual["occurred_at"] >= usual["created_at"]).all()
    deleted = usual[usual["deleted_at"].notna()]
    assert len(deleted)
    assert (deleted["occurred_at"] < deleted["deleted_at"]).all()


# Large as named


@pytest.mark.parametrize(
    ("size", "events"), [("tiny", (3_000, 12_000)), ("small", (60_000, 140_000))]
)
def test_a_named_size_is_about_that_large(
    tmp_path: Path, size: str, events: tuple[int, int]
) -> None:
    named = w.SIZES[size]
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


# Dirt, of each kind and no other


def test_each_kind_of_dirt_is_there_at_about_its_rate(grown: dict[str, pd.DataFrame]) -> None:
    events = grown["events"]
    count = len(events)
    keyed = events[events["event_id"] != " "]
    again = keyed[keyed.duplicated("event_id")]
    assert 0.5 < len(again) / (GROWN.dirt.duplicate * count) < 1.5
    pairs = again.merge(keyed.drop_duplicates("event_id"), on="event_id", suffixes=("", "_first"))
    assert (pairs["received_at"] > pairs["received_at_first"]).all()
    assert (pairs["properties"].fillna("") != pairs["properties_first"].fillna("")).any()

    ahead = events[events["occurred_at"] >= END]
    assert len(ahead)
    assert (ahead["received_at"] < END).all()
    assert (events["occurred_at"] == pd.Timestamp(0, tz="UTC")).any()
    first = keyed.drop_duplicates("event_id")
    days = (first["received_at"] - first["occurred_at"]).dt.days
    assert 0.5 < days.between(1, 31).sum() / (GROWN.dirt.late * count) < 1.5

    planned = {kind.name for kind in w.EVENTS}
    assert set(events["event_name"]) - planned == set(w.UNPLANNED_EVENTS)
    known = set(grown["users"]["user_id"]) | {" "}
    assert (~events["user_id"].dropna().isin(known)).any()
    assert (events["event_id"] == " ").any()
    assert (events["user_id"] == " ").any()


def test_without_dirt_the_same_events_are_clean(
    tmp_path: Path, grown: dict[str, pd.DataFrame]
) -> None:
    simulate(dataclasses.replace(GROWN, dirt=NO_DIRT), tmp_path / "clean")
    clean = pd.read_parquet(tmp_path / "clean" / "events.parquet")
    assert not clean["event_id"].duplicated().any()
    assert set(clean["event_name"]) <= {kind.name for kind in w.EVENTS}
    assert clean["user_id"].dropna().isin(grown["users"]["user_id"]).all()
    assert (clean["received_at"] >= clean["occurred_at"]).all()
    assert set(grown["events"]["event_id"]) - {" "} <= set(clean["event_id"])


def test_visitors_are_linked_or_stay_strangers(grown: dict[str, pd.DataFrame]) -> None:
    events, aliases = grown["events"], grown["user_aliases"]
    anonymous = events[events["user_id"].isna() & events["anonymous_id"].notna()]
    linked = anonymous.merge(aliases, on="anonymous_id", suffixes=("", "_known"))
    assert (linked["occurred_at"] < linked["linked_at"]).any()
    assert (linked["occurred_at"] > linked["linked_at"]).any()
    assert (~anonymous["anonymous_id"].isin(aliases["anonymous_id"])).any()


# A company in which everything happens


def test_contracts_pass_through_every_state_and_back(in_order: pd.DataFrame) -> None:
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


def test_contracts_grow_and_shrink(in_order: pd.DataFrame) -> None:
    tiers = {plan.plan_id: tier for tier, plan in enumerate(w.PLANS)}
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
    grown: dict[str, pd.DataFrame],
) -> None:
    changes = grown["subscription_changes"]
    assert set(changes["currency"]) == {currency.code for currency in w.CURRENCIES}
    assert set(changes["billing_interval"]) == {interval.name for interval in w.INTERVALS}
    assert set(changes["plan_id"]) == {plan.plan_id for plan in w.PLANS}
    coupons = changes[changes["discount_percent"].notna()]
    assert coupons["discount_ends_at"].isna().any()
    assert coupons["discount_ends_at"].notna().any()
    ending = coupons.dropna(subset=["discount_ends_at"])
    assert (ending["discount_ends_at"] > ending["changed_at"]).all()


def test_a_contract_ends_with_its_change_to_canceled(grown: dict[str, pd.DataFrame]) -> None:
    contracts, changes = grown["subscriptions"], grown["subscription_changes"]
    canceled = changes[changes["status"] == "canceled"].set_index("subscription_id")["changed_at"]
    ended = contracts.set_index("subscription_id")["ended_at"].dropna()
    pd.testing.assert_series_equal(
        ended.sort_index(), canceled.sort_index(), check_names=False, check_freq=False
    )
    asked = contracts.dropna(subset=["cancel_requested_at", "ended_at"])
    assert (asked["cancel_requested_at"] <= asked["ended_at"]).all()
    assert (asked["cancel_requested_at"] < asked["ended_at"]).any()
    assert contracts.loc[contracts["ended_at"].isna(), "cancel_requested_at"].notna().any()


def test_customers_come_back_and_hold_two_contracts_at_once(
    grown: dict[str, pd.DataFrame],
) -> None:
    contracts = grown["subscriptions"].dropna(subset=["account_id"])
    pairs = contracts.merge(contracts, on="account_id", suffixes=("", "_next"))
    pairs = pairs[pairs["subscription_id"] < pairs["subscription_id_next"]]
    assert (pairs["ended_at"] < pairs["created_at_next"]).any()
    assert (pairs["ended_at"].fillna(END) > pairs["created_at_next"]).any()
    assert grown["subscriptions"]["user_id"].notna().any()


def test_bills_are_paid_once_and_only_while_the_contract_lasts(
    grown: dict[str, pd.DataFrame],
) -> None:
    bills, payments = grown["invoices"], grown["payments"]
    assert set(bills["status"]) == {"open", "paid", "void", "uncollectible"}
    assert set(payments["kind"]) == {"charge", "refund", "chargeback", "credit_note"}
    assert {"failed", "succeeded"} <= set(payments["status"])
    assert (bills["amount_due"] > 0).all()
    assert not bills.duplicated(["subscription_id", "period_start"]).any()

    collected = payments[(payments["kind"] == "charge") & (payments["status"] == "succeeded")]
    assert not collected["invoice_id"].duplicated().any()
    assert set(collected["invoice_id"]) == set(bills.loc[bills["status"] == "paid", "invoice_id"])
    both = collected.merge(bills, on="invoice_id")
    assert (both["amount"] == both["amount_due"]).all()
    assert (both["attempted_at"] >= both["issued_at"]).all()

    whole = bills.merge(grown["subscriptions"], on="subscription_id")
    assert (whole["issued_at"] >= whole["created_at"]).all()
    assert (whole["issued_at"] < whole["ended_at"].fillna(END)).all()


def test_people_are_of_every_kind(grown: dict[str, pd.DataFrame]) -> None:
    users, accounts = grown["users"], grown["accounts"]
    assert users["account_id"].isna().mean() == pytest.approx(GROWN.people.individuals, abs=0.01)
    assert users["is_internal"].mean() == pytest.approx(GROWN.people.internal, abs=0.002)
    assert users["deleted_at"].notna().mean() == pytest.approx(GROWN.people.deleted, abs=0.002)
    assert users["email"].dropna().str.fullmatch(r"[a-z0-9.-]+@([a-z0-9-]+\.)*example\.com").all()
    assert not users["email"].dropna().duplicated().any()
    assert set(accounts["company_size"]) == set(w.COMPANY_SIZES)
    assert set(accounts["account_id"]) == set(users["account_id"].dropna())
    sizes = users["account_id"].value_counts()
    assert sizes.median() <= 4
    assert sizes.max() > 20 * sizes.median()


def test_experiments_take_each_user_once(grown: dict[str, pd.DataFrame]) -> None:
    taken = grown["experiment_assignments"]
    assert not taken.duplicated(["experiment_id", "user_id"]).any()
    shown = set(zip(taken["experiment_id"], taken["variant"], strict=True))
    assert shown == {(e.experiment_id, name) for e in w.EXPERIMENTS for name, _ in e.variants}


def test_activity_has_the_weekday_wave_and_a_long_tail(grown: dict[str, pd.DataFrame]) -> None:
    events = grown["events"]
    opened = events[(events["event_name"] == "app_opened") & (events["occurred_at"] < END)]
    by_weekday = opened["occurred_at"].dt.day_of_week.value_counts()
    assert by_weekday[[5, 6]].max() < 0.5 * by_weekday[[0, 1, 2, 3, 4]].min()
    per_user = opened["user_id"].value_counts()
    assert per_user.quantile(0.99) > 20 * per_user.median()


def test_features_are_used_from_their_launch_and_by_the_entitled(
    grown: dict[str, pd.DataFrame],
) -> None:
    features = {feature.feature_id: feature for feature in w.FEATURES}
    events = grown["events"][grown["events"]["occurred_at"].dt.year > 1970]
    payers = set(grown["subscriptions"]["account_id"].dropna())
    account_of = grown["users"].set_index("user_id")["account_id"]
    for kind in w.EVENTS:
        if kind.feature_id:
            feature = features[kind.feature_id]
            used = events[events["event_name"] == kind.name]
            launched = datetime.combine(feature.launched, datetime.min.time(), UTC)
            # A day in local time may begin up to half a day before it does in UTC.
            assert used["occurred_at"].min() >= launched - pd.Timedelta(hours=12), kind.name
            members = account_of.reindex(used["user_id"].dropna()).dropna()
            assert feature.lowest_tier == 0 or members.isin(payers).all(), kind.name


# The seeds describe this company


def seed(name: str) -> list[dict[str, str]]:
    with (project_root() / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_seeds_describe_the_simulated_company() -> None:
    assert [tuple(row.values()) for row in seed("plans")] == [
        (
            plan.plan_id,
            plan.name,
            str(tier),
            str(plan.included_seats),
            str(plan.monthly_cents),
            str(plan.yearly_cents),
            "USD",
        )
        for tier, plan in enumerate(w.PLANS)
    ]
    assert [tuple(row.values()) for row in seed("features")] == [
        (feature.feature_id, feature.name, feature.launched.isoformat(), feature.owner)
        for feature in w.FEATURES
    ]
    assert [tuple(row.values()) for row in seed("plan_features")] == [
        (plan.plan_id, feature.feature_id)
        for tier, plan in enumerate(w.PLANS)
        for feature in w.FEATURES
        if tier >= feature.lowest_tier
    ]
    assert [tuple(row.values()) for row in seed("tracking_plan")] == [
        (
            kind.name,
            kind.feature_id,
            str(kind.is_activity).lower(),
            str(kind.is_value_moment).lower(),
            kind.owner,
            kind.description,
        )
        for kind in w.EVENTS
    ]


def test_every_currency_has_a_rate_in_every_month() -> None:
    rates = seed("exchange_rates")
    assert len(rates) == 5 * 8 * 12
    months = Counter(rate["currency"] for rate in rates)
    assert months.keys() >= {currency.code for currency in w.CURRENCIES}
    assert set(months.values()) == {96}
    assert {r["minor_unit_digits"] for r in rates if r["currency"] == "JPY"} == {"0"}
    assert {r["rate"] for r in rates if r["currency"] == "USD"} == {"1.000000"}


# The folder and the command line


def test_an_earlier_simulation_is_replaced(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "world")
    (tmp_path / "other").mkdir()
    simulate(dataclasses.replace(TINY, seed=9), tmp_path / "world")
    simulate(dataclasses.replace(TINY, seed=9), tmp_path / "other")
    assert hashes(tmp_path / "world") == hashes(tmp_path / "other")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "world"]


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"thesis.txt": "mine"}, "not an earlier simulation"),
        ({"manifest.json": '{"name": "a web app"}'}, "not an earlier simulation"),
        ({"manifest.json": "["}, "not an earlier simulation"),
        (
            {"manifest.json": '{"made_by": "productpulse simulate"}', "thesis.txt": "mine"},
            "holds thesis.txt",
        ),
    ],
)
def test_a_foreign_folder_is_left_alone(
    tmp_path: Path, files: dict[str, str], complaint: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(PulseError, match=complaint) as refused:
        simulate(TINY, tmp_path)
    assert "\n" not in str(refused.value)
    assert {p.name: p.read_text(encoding="utf-8") for p in tmp_path.iterdir()} == files


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "world").write_text("mine", encoding="utf-8")
    with pytest.raises(PulseError, match="is a file"):
        simulate(TINY, tmp_path / "world")
    with pytest.raises(PulseError, match="cannot be written"):
        simulate(TINY, tmp_path / "world" / "deeper")
    assert (tmp_path / "world").read_text(encoding="utf-8") == "mine"


def test_an_interrupted_run_leaves_things_as_they_were(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "world")
    before = hashes(tmp_path / "world")

    def interrupt(users: int) -> None:
        raise KeyboardInterrupt

    for folder in ("world", "new"):
        with pytest.raises(KeyboardInterrupt):
            simulate(dataclasses.replace(TINY, seed=9), tmp_path / folder, interrupt)
    assert hashes(tmp_path / "world") == before
    assert [p.name for p in tmp_path.iterdir()] == ["world"]


def test_the_command_writes_a_world_and_says_what_is_next(tmp_path: Path) -> None:
    code, output = run("--out", tmp_path / "my world", "--size", "tiny", "--users", 50)
    assert code == 0
    assert "2026-03-03 to 2026-06-30" in output
    assert output.rstrip().splitlines()[-1].startswith("next: productpulse load")
    assert pq.read_metadata(tmp_path / "my world" / "users.parquet").num_rows == 50


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--users", "0"),
        ("--users", "many"),
        ("--days", "-3"),
        ("--days", "100000"),
        ("--seed", "-1"),
        ("--size", "gigantic"),
        ("--as-of", "2026-02-30"),
        ("--as-of", "yesterday"),
        ("--as-of", "2019-03-01"),
    ],
)
def test_a_wrong_option_is_a_wrong_command_line(tmp_path: Path, option: str, value: str) -> None:
    code, output = run("--out", tmp_path / "world", option, value)
    assert code == 2
    assert option in output
    assert not list(tmp_path.iterdir())
