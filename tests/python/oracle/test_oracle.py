"""The oracle obeys the identities of the definitions and gives answers worked out by hand."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from productpulse.quarantine import remedy
from productpulse.raw_schema import raw_tables

from . import (
    Company,
    Params,
    Raw,
    accounts,
    active_accounts_daily,
    active_days_distribution,
    activity,
    as_of_date,
    classify,
    counts,
    feature_adoption,
    feature_correlations,
    feature_heatmap,
    feature_usage_daily,
    journey_edges,
    mrr_movements,
    read_raw,
    read_reference,
    revenue,
    sessions,
    sessions_daily,
    understand,
    users,
)
from .activity import DAILY_COLUMNS, DISTRIBUTION_COLUMNS, PERIOD_COLUMNS
from .clock import add_months, period_start
from .dimensions import ACCOUNT_COLUMNS, USER_COLUMNS
from .features import ADOPTION_COLUMNS, CORRELATION_COLUMNS, HEATMAP_COLUMNS, USAGE_COLUMNS
from .inputs import INFINITY, LOADED_AT, MINUS_INFINITY, Row
from .journeys import EDGE_COLUMNS
from .leakage import LEAKAGE_COLUMNS, revenue_leakage
from .revenue import ARR_COLUMNS, KINDS, MOVEMENT_COLUMNS, twelve_months_opening
from .revenue_days import MRR_DAILY_COLUMNS, REVENUE_COHORT_COLUMNS, mrr_daily, revenue_cohorts
from .sessions import SESSION_COLUMNS, SESSION_DAILY_COLUMNS, all_sessions
from .staging import last_date
from .worlds import combine, edge_world, loads, small_reference, with_corrections, write_world

# Several tests read the same large answers.
active_users_daily = cache(activity.active_users_daily)
active_users_by_period = cache(activity.active_users_by_period)
arr_by_period = cache(revenue.arr_by_period)

MARTS: dict[Callable[[Company], list[Row]], tuple[str, ...]] = {
    active_users_daily: DAILY_COLUMNS,
    active_users_by_period: PERIOD_COLUMNS,
    active_accounts_daily: DAILY_COLUMNS,
    active_days_distribution: DISTRIBUTION_COLUMNS,
    sessions: SESSION_COLUMNS,
    sessions_daily: SESSION_DAILY_COLUMNS,
    feature_usage_daily: USAGE_COLUMNS,
    feature_adoption: ADOPTION_COLUMNS,
    feature_heatmap: HEATMAP_COLUMNS,
    feature_correlations: CORRELATION_COLUMNS,
    journey_edges: EDGE_COLUMNS,
    mrr_movements: MOVEMENT_COLUMNS,
    arr_by_period: ARR_COLUMNS,
    revenue_leakage: LEAKAGE_COLUMNS,
    mrr_daily: MRR_DAILY_COLUMNS,
    revenue_cohorts: REVENUE_COHORT_COLUMNS,
    users: USER_COLUMNS,
    accounts: ACCOUNT_COLUMNS,
}

VARIANTS = {
    "defaults": Params(),
    "elsewhere": Params(
        reporting_timezone="America/New_York",
        reporting_currency="EUR",
        week_start="sunday",
        fiscal_year_start_month=4,
        mau_window_days=30,
        session_gap_minutes=45,
        use_source_sessions=True,
        journey_max_steps=3,
        include_internal_users=True,
        unknown_events_are_activity=False,
    ),
    "earlier": Params(
        as_of_date=date(2024, 3, 10),
        cancel_policy="at_request",
        past_due_grace_days=7,
        include_deleted_users=True,
        mrr_statuses=("active", "past_due", "paused"),
    ),
}


@pytest.fixture(scope="module")
def world() -> Raw:
    return combine({f"w{seed}_": edge_world(seed) for seed in range(6)})


@pytest.fixture(scope="module")
def small_world() -> Raw:
    return combine({f"w{seed}_": edge_world(seed) for seed in (6, 7)})


@pytest.fixture(scope="module", params=VARIANTS)
def company(world: Raw, request: pytest.FixtureRequest) -> Company:
    return understand(world, small_reference(), VARIANTS[request.param])


# Identities


def test_segments_of_active_users_add_up_on_every_date(company: Company) -> None:
    rows = active_users_daily(company)
    for measure in ("dau", "wau", "mau"):
        _assert_parts_make_the_whole(rows, ("date",), measure)
    assert all(row["dau"] <= row["wau"] <= row["mau"] for row in rows)


def test_segments_of_periods_add_up(company: Company) -> None:
    rows = active_users_by_period(company)
    for group in ("active", "new", "retained", "resurrected", "dormant"):
        _assert_parts_make_the_whole(rows, ("period_grain", "period_start"), f"{group}_users")


def test_lifecycle_accounts_for_everybody_active_now_and_before(company: Company) -> None:
    previous: dict[tuple[str, ...], int] = defaultdict(int)
    for row in active_users_by_period(company):
        key = (row["period_grain"], row["segment_name"], row["segment_value"])
        assert row["active_users"] == (
            row["new_users"] + row["retained_users"] + row["resurrected_users"]
        )
        assert previous[key] == row["retained_users"] + row["dormant_users"]
        previous[key] = row["active_users"]


def test_every_user_who_was_ever_active_is_new_once(company: Company) -> None:
    new: dict[str, int] = defaultdict(int)
    for row in active_users_by_period(company):
        if row["segment_name"] == "all":
            new[row["period_grain"]] += row["new_users"]
    assert new["day"] == new["week"] == new["month"] > 80


def test_active_users_of_the_day_grain_are_dau(company: Company) -> None:
    dau = {
        (row["date"], row["segment_name"], row["segment_value"]): row["dau"]
        for row in active_users_daily(company)
    }
    by_day = {
        (row["period_start"], row["segment_name"], row["segment_value"]): row["active_users"]
        for row in active_users_by_period(company)
        if row["period_grain"] == "day"
    }
    assert dau == by_day


def test_segments_of_accounts_and_sessions_add_up_on_every_date(company: Company) -> None:
    for measure in ("dau", "wau", "mau"):
        _assert_parts_make_the_whole(active_accounts_daily(company), ("date",), measure)
    for measure in ("sessions", "users", "bounced_sessions", "total_duration_seconds"):
        _assert_parts_make_the_whole(sessions_daily(company), ("date",), measure)


def test_every_event_of_a_user_is_in_exactly_one_session(company: Company) -> None:
    found = [event["event_id"] for _, events in all_sessions(company) for event in events]
    assert sorted(found) == sorted(company.owners)


def test_active_days_add_up_to_all_users_and_to_mau(company: Company) -> None:
    rows = active_days_distribution(company)
    last = [r for r in active_users_daily(company) if r["segment_name"] == "all"][-1]
    assert sum(row["users"] for row in rows) == len(activity.counted_days(company))
    assert sum(row["users"] for row in rows if row["active_days"]) == last["mau"]


def test_every_event_of_a_feature_is_in_each_table_of_features(company: Company) -> None:
    tables = (
        feature_usage_daily(company),
        feature_heatmap(company),
        [row for row in feature_adoption(company) if row["period_grain"] == "month"],
    )
    events: list[dict[str, int]] = [defaultdict(int) for _ in tables]
    for found, rows in zip(events, tables, strict=True):
        for row in rows:
            found[row["feature_id"]] += row["events"]
    assert events[0] == events[1] == events[2]
    assert events[0]["files"] > events[0]["unused"] == 0


def test_adopters_are_eligible_and_no_user_is_new_to_a_feature_twice(company: Company) -> None:
    new: dict[tuple[str, str], int] = defaultdict(int)
    for row in feature_adoption(company):
        assert row["adopting_users"] <= row["eligible_users"] <= row["total_users"]
        new[row["period_grain"], row["feature_id"]] += row["adopting_users"] - row["repeat_users"]
    for row in feature_correlations(company):
        for grain in ("day", "week", "month"):
            assert new[grain, row["feature_a"]] == row["users_a"]
            assert new[grain, row["feature_b"]] == row["users_b"]


def test_what_leaves_a_step_is_what_arrived_at_it(company: Company) -> None:
    balance: dict[tuple[int, str], int] = defaultdict(int)
    for row in journey_edges(company):
        balance[row["step_number"], row["from_event"]] -= row["sessions"]
        balance[row["step_number"] + 1, row["to_event"]] += row["sessions"]
    for row in sessions(company):
        balance[1, row["first_event_name"]] += 1
    last = company.params.journey_max_steps
    assert {
        place for place, rest in balance.items() if rest and place[1] != "(end)" and place[0] < last
    } == set()


def test_every_arr_bridge_closes_and_opens_the_next(company: Company) -> None:
    previous: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in arr_by_period(company):
        key = (row["period_grain"], row["segment_name"], row["segment_value"])
        assert row["opening_arr_amount"] == previous[key]
        gained = sum(
            row[f"{kind}_arr_amount"] for kind in ("new", "reactivation", "expansion", "fx")
        )
        lost = row["contraction_arr_amount"] + row["churn_arr_amount"]
        assert row["opening_arr_amount"] + gained - lost == row["closing_arr_amount"]
        assert row["gross_arr_amount"] - row["cancelled_arr_amount"] == row["net_new_arr_amount"]
        assert min(row[f"{kind}_arr_amount"] for kind in KINDS if kind != "fx") >= 0
        previous[key] = row["closing_arr_amount"]


def test_arr_of_segments_adds_up(company: Company) -> None:
    rows = arr_by_period(company)
    periods = ("period_grain", "period_start")
    for measure in ("opening_arr_amount", "fx_arr_amount", "closing_arr_amount"):
        _assert_parts_make_the_whole(rows, periods, measure)
    # A move between plans is a movement of the plans but not of the account.
    by_account = [row for row in rows if row["segment_name"] != "plan"]
    for measure in (*(f"{kind}_arr_amount" for kind in KINDS), "customers"):
        _assert_parts_make_the_whole(by_account, periods, measure)


def test_movements_of_an_account_add_up_to_its_current_mrr(company: Company) -> None:
    sums: dict[str, int] = defaultdict(int)
    for row in mrr_movements(company):
        sums[row["account_id"]] += row["amount_cents"]
    current = {row["account_id"]: row["current_mrr_amount"] for row in accounts(company)}
    for account_id, cents in sums.items():
        assert Decimal(cents).scaleb(-2) == current[account_id]
    assert all(not amount or account_id in sums for account_id, amount in current.items())


def test_movements_carry_their_sign_plan_and_reason(company: Company) -> None:
    signs = {"new": 1, "reactivation": 1, "expansion": 1, "contraction": -1, "churn": -1}
    rows = mrr_movements(company)
    for row in rows:
        assert row["amount_cents"] * signs.get(row["movement_type"], row["amount_cents"]) > 0
        assert row["plan_id"]
        assert (row["reason"] is not None) == (row["movement_type"] == "churn")
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row["account_id"], row["movement_type"])
        assert (row["movement_type"] == "new") <= (first[row["account_id"]] == "new")
    assert set(first.values()) == {"new"}
    keys = [(row["account_id"], row["date"], row["movement_type"]) for row in rows]
    assert len(keys) == len(set(keys))


def test_twelve_month_rates_of_a_fiscal_year_are_its_own(company: Company) -> None:
    years = [row for row in arr_by_period(company) if row["period_grain"] == "fiscal_year"]
    assert any(row["nrr_rate"] is not None for row in years)
    for row in years:
        assert row["nrr_rate"] == row["nrr_12m_rate"]
        assert row["grr_rate"] == row["grr_12m_rate"]


def test_bookings_of_the_days_make_those_of_the_month(company: Company) -> None:
    bookings: dict[str, dict[date, Decimal]] = {"day": defaultdict(Decimal), "month": {}}
    for row in arr_by_period(company):
        if row["segment_name"] != "all":
            continue
        month = row["period_start"].replace(day=1)
        if row["period_grain"] == "day":
            bookings["day"][month] += row["gross_arr_amount"]
        elif row["period_grain"] == "month":
            bookings["month"][month] = row["gross_arr_amount"]
    assert bookings["day"] == bookings["month"]


def test_landed_is_accepted_and_duplicate_and_rejected(world: Raw) -> None:
    classified = classify(world, Params(), small_reference())
    assert {name: len(rows) for name, rows in classified.items()} == {
        name: len(rows) for name, rows in world.items()
    }
    assert sum(row["rows"] for row in counts(classified)) == sum(map(len, world.values()))
    for name, rows in classified.items():
        key = raw_tables()[name].key
        keys = [tuple(j.row[c] for c in key) for j in rows if j.status == "accepted"]
        assert len(keys) == len(set(keys))
        reasons = {(j.status, j.reason) for j in rows if j.status != "rejected"}
        assert reasons <= {
            *(("accepted", None), ("duplicate", None)),
            ("duplicate", "conflicting_key"),
        }
        assert all(j.reason for j in rows if j.status == "rejected")


def test_answers_do_not_depend_on_the_order_of_rows(small_world: Raw) -> None:
    shuffled = {
        name: random.Random(7).sample(rows, len(rows)) for name, rows in small_world.items()
    }
    before = understand(small_world, small_reference())
    after = understand(shuffled, small_reference())
    for mart in MARTS:
        assert _sorted(mart(before)) == _sorted(mart(after))


def test_an_earlier_as_of_date_shows_what_it_would_have_shown_then(small_world: Raw) -> None:
    then = Params(as_of_date=date(2024, 3, 10))
    seen = {
        name: [j.row for j in rows if j.reason != "future_timestamp"]
        for name, rows in classify(small_world, then, small_reference()).items()
    }
    before = understand(small_world, small_reference(), then)
    after = understand(seen, small_reference(), then)
    for mart in MARTS:
        assert _sorted(mart(before)) == _sorted(mart(after))


def test_every_mart_has_exactly_its_columns(company: Company) -> None:
    for mart, columns in MARTS.items():
        assert {tuple(row) for row in mart(company)} == {columns}


def test_no_data_gives_no_rows() -> None:
    nothing = understand({}, {})
    assert all(mart(nothing) == [] for mart in MARTS)


# Worlds


def test_the_same_seed_gives_the_same_world() -> None:
    assert edge_world(5) == edge_world(5)
    assert edge_world(5) != edge_world(6)


def test_a_world_comes_back_from_parquet_as_it_was(tmp_path: Path) -> None:
    written = edge_world(1)
    write_world(written, tmp_path)
    assert read_raw(tmp_path) == written
    assert any(row["occurred_at"] == INFINITY for row in written["events"])
    assert any(row["occurred_at"] == MINUS_INFINITY for row in written["events"])


def test_worlds_hold_every_reason_and_every_movement(world: Raw) -> None:
    reasons = {row["reason"] for row in counts(classify(world, Params(), small_reference()))}
    assert reasons == {
        *(None, "blank_key", "implausible_timestamp", "future_timestamp"),
        *("unknown_status", "unknown_billing_interval", "unknown_kind"),
        *("out_of_range_quantity", "out_of_range_unit_amount", "out_of_range_discount_percent"),
        *("out_of_range_amount_due", "out_of_range_amount", "out_of_range_score"),
        *("out_of_range_interval_count", "out_of_range_discount_amount"),
        *("no_exchange_rate", "conflicting_key", "already_merged", "circular_merge"),
    }
    told = {reason for reason in reasons if reason and remedy(reason) != "fix the rows"}
    assert told == reasons - {None}
    rows = mrr_movements(understand(world, small_reference()))
    assert {row["movement_type"] for row in rows} == set(KINDS)
    assert {row["reason"] for row in rows} == {None, "voluntary", "involuntary", "pause"}


def test_worlds_fill_every_column_that_the_loader_asks_for(world: Raw) -> None:
    for name, rows in world.items():
        needed = [c.name for c in raw_tables()[name].file_columns if c.presence == "required"]
        assert all(row[column] is not None for row in rows for column in needed)


def test_a_world_with_corrections_splits_into_two_loads() -> None:
    corrected = with_corrections(edge_world(2), seed=9)
    first, second = loads(corrected)
    assert first == edge_world(2)
    assert all(second[name] for name in ("users", "events", "subscriptions"))
    statuses = {each.status for each in classify(corrected, Params(), small_reference())["users"]}
    assert statuses == {"accepted", "duplicate", "rejected"}


def test_a_world_without_exchange_rates_is_priced_in_the_reporting_currency() -> None:
    bare = edge_world(0, {"plans": [{"plan_id": "only"}]})
    currencies = {row["currency"].strip().upper() for row in bare["subscription_changes"]}
    assert currencies == {"USD", "XXX", ""}


# Answers worked out by hand


def test_windows_reach_back_six_and_twenty_seven_days() -> None:
    raw = _raw(events=_visits("u1", "2024-02-01") + _visits("u2", "2024-02-29"))
    rows = {r["date"]: r for r in active_users_daily(_ask(raw)) if r["segment_name"] == "all"}
    assert list(rows) == [date(2024, 2, 1) + timedelta(days=n) for n in range(29)]
    assert [rows[date(2024, 2, d)]["wau"] for d in (1, 7, 8)] == [1, 1, 0]
    # 1 February counts in [d-27, d] up to the 28th; on the 29th only u2 is left.
    assert [rows[date(2024, 2, d)]["mau"] for d in (27, 28, 29)] == [1, 1, 1]
    assert [rows[date(2024, 2, d)]["is_full_window"] for d in (27, 28, 29)] == [False, True, True]
    # One user-day in 14 days, 1 ÷ 14, over an MAU of 1.
    assert rows[date(2024, 2, 14)]["stickiness_rate"] == 1 / 14
    assert rows[date(2024, 2, 14)]["dau_mau_rate"] == 0
    assert rows[date(2024, 2, 29)]["dau_mau_rate"] == 1


def test_a_quotient_of_nothing_is_null() -> None:
    raw = _raw(events=_visits("u1", "2024-01-01") + _visits("u2", "2024-03-01"))
    rows = {r["date"]: r for r in active_users_daily(_ask(raw))}
    assert rows[date(2024, 2, 15)]["mau"] == 0
    assert rows[date(2024, 2, 15)]["stickiness_rate"] is None
    assert rows[date(2024, 2, 15)]["dau_mau_rate"] is None


def test_weeks_tell_new_retained_resurrected_and_dormant() -> None:
    # Weeks of 2020-12-21, 12-28 (ISO week 53), 2021-01-04:
    # u1 in all three, u2 in the first and the third, u3 in the second.
    raw = _raw(
        events=_visits("u1", "2020-12-21", "2021-01-03", "2021-01-04")
        + _visits("u2", "2020-12-27", "2021-01-10")
        + _visits("u3", "2020-12-28")
    )
    weeks = [
        r
        for r in active_users_by_period(_ask(raw))
        if (r["period_grain"], r["segment_name"]) == ("week", "all")
    ]
    measures = ("active", "new", "retained", "resurrected", "dormant")
    assert [tuple(r[f"{m}_users"] for m in measures) for r in weeks] == [
        (2, 2, 0, 0, 0),
        (2, 1, 1, 0, 1),
        (2, 0, 1, 1, 1),
    ]
    # Second week: 1 of 2 retained, 1 of 2 gone, (1 new + 0 back) ÷ 1 dormant.
    assert (weeks[1]["retention_rate"], weeks[1]["churn_rate"]) == (0.5, 0.5)
    assert weeks[1]["quick_ratio"] == 1
    assert weeks[0]["retention_rate"] is None
    assert weeks[2]["is_complete"]


def test_a_day_is_the_local_day_also_when_clocks_change() -> None:
    # New York is at UTC-5 before 2024-03-10 07:00 UTC and at UTC-4 after it.
    raw = _raw(
        events=[
            _event("u1", "2024-03-10T04:59:59"),
            _event("u1", "2024-03-11T03:59:59"),
            _event("u1", "2024-03-11T04:00:00"),
        ]
    )
    [user] = users(_ask(raw, reporting_timezone="America/New_York"))
    assert user["first_active_date"] == date(2024, 3, 9)
    rows = active_users_daily(_ask(raw, reporting_timezone="America/New_York"))
    dau = [(r["date"].day, r["dau"]) for r in rows if r["segment_name"] == "all"]
    assert dau == [(9, 1), (10, 1), (11, 1)]


def test_a_shared_device_belongs_to_who_was_linked_last_before() -> None:
    links = [("u1", "2024-01-10"), ("u2", "2024-01-20"), ("u0", "2024-01-20")]
    at = ("2024-01-05", "2024-01-10", "2024-01-19", "2024-01-20", "2024-01-21")
    raw = _raw(
        events=[_event(None, moment, anonymous_id="d") for moment in at],
        user_aliases=[
            {"anonymous_id": "d", "user_id": user, "linked_at": _moment(moment)}
            for user, moment in links
        ],
    )
    company = _ask(raw)
    by_moment = {e["occurred_at"]: company.owners[e["event_id"]] for e in company.tables["events"]}
    assert [by_moment[_moment(moment)] for moment in at] == ["u1", "u1", "u1", "u0", "u0"]


@pytest.mark.parametrize(("links", "owners"), [(True, ["u1", "u2", "u1"]), (False, [None] * 3)])
def test_an_event_with_device_and_user_is_a_link(links: bool, owners: list[str | None]) -> None:
    known = {"2024-01-02": "u1", "2024-01-04": "u2", "2024-01-06": "u1"}
    signed_in = [_event(user, moment, anonymous_id="d") for moment, user in known.items()]
    at = ("2024-01-01", "2024-01-05", "2024-01-07")
    anonymous = [_event(None, moment, anonymous_id="d") for moment in at]
    company = _ask(_raw(events=signed_in + anonymous), events_link_devices=links)
    assert [company.owners.get(event["event_id"]) for event in anonymous] == owners


def test_users_are_merged_once_and_never_in_a_circle() -> None:
    told = ["a b", "b c", "c a", "a d", "e a", "device f"]
    aliases = [
        dict(zip(("anonymous_id", "user_id"), link.split(), strict=True))
        | {"linked_at": _moment(f"2024-01-1{number}")}
        for number, link in enumerate(told)
    ]
    company = _ask(
        _raw(
            events=[
                *_visits("a", "2024-01-01", "2024-02-01"),
                _event(None, "2024-01-02", anonymous_id="device"),
            ],
            users=[
                {"user_id": user, "created_at": _moment("2024-01-05")} for user in ("c", "e", "f")
            ],
            user_aliases=aliases,
        )
    )
    assert company.merged == {"a": "c", "b": "c", "e": "c"}
    assert set(company.owners.values()) == {"c", "f"}
    assert {user for user in company.users if company.users[user]["is_registered"]} == {"c", "f"}
    assert len(company.tables["user_aliases"]) == 4


def test_staff_and_deleted_users_leave_all_counts() -> None:
    raw = _raw(
        events=_visits("staff", "2024-01-01")
        + _visits("gone", "2024-01-02")
        + _visits("later", "2024-01-03", "2024-01-05"),
        users=[
            {"user_id": "staff", "is_internal": True, "created_at": _moment("2024-01-01")},
            {
                "user_id": "gone",
                "created_at": _moment("2024-01-01"),
                "deleted_at": _moment("2024-01-05T23:59:59"),
            },
            {
                "user_id": "later",
                "created_at": _moment("2024-01-01"),
                "deleted_at": _moment("2024-01-06"),
            },
        ],
    )
    rows = [r for r in active_users_daily(_ask(raw)) if r["segment_name"] == "all"]
    assert [(r["date"].day, r["dau"]) for r in rows] == [(3, 1), (4, 0), (5, 1)]


def test_a_pause_longer_than_the_gap_ends_a_session_and_midnight_does_not() -> None:
    raw = _raw(
        events=_visits("u1", "2024-01-01T23:40", "2024-01-02T00:10", "2024-01-02T00:40:00.000001")
    )
    first, second = sessions(_ask(raw))
    assert (first["session_date"], first["duration_seconds"]) == (date(2024, 1, 1), 1800)
    assert (first["is_bounce"], first["event_count"]) == (False, 2)
    assert (second["session_date"], second["duration_seconds"]) == (date(2024, 1, 2), 0)
    assert second["is_bounce"] is True
    (only,) = sessions(_ask(raw, session_gap_minutes=31))
    assert only["event_count"] == 3
    assert only["session_id"] == first["session_id"]


def test_sessions_of_the_source_hold_together_when_asked_for() -> None:
    in_session = [
        _event("u1", f"2024-01-01T{hour}", session_id=session)
        for hour, session in (("10:00", "s"), ("10:10", None), ("10:45", None), ("15:00", "s"))
    ]
    other = _event("u2", "2024-01-01T10:05", session_id="s")
    raw = _raw(events=[*in_session, other])
    by_pauses = sessions(_ask(raw))
    by_source = sessions(_ask(raw, use_source_sessions=True))
    assert sorted(row["event_count"] for row in by_pauses) == [1, 1, 1, 2]
    assert sorted(row["event_count"] for row in by_source) == [1, 1, 1, 2]
    assert [row["duration_seconds"] for row in by_source if row["event_count"] == 2] == [18000]


def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two() -> None:
    raw = _raw(
        events=_visits("u1", "2024-01-01T10:00:00", "2024-01-01T10:00:09")
        + _visits("u1", "2024-01-01T12:00:00", "2024-01-01T12:00:12", "2024-01-03")
        + _visits("u2", "2024-01-01T10:00:00", "2024-01-01T10:00:20")
        + _visits("u3", "2024-01-01T10:00:00")
    )
    rows = [row for row in sessions_daily(_ask(raw)) if row["segment_name"] == "all"]
    assert [row["sessions"] for row in rows] == [4, 0, 1]
    assert [row["users"] for row in rows] == [3, 0, 1]
    assert [row["median_duration_seconds"] for row in rows] == [10.5, None, 0]
    assert [row["avg_duration_seconds"] for row in rows] == [10.25, None, 0]
    assert [row["bounce_rate"] for row in rows] == [0.25, None, 1]


def test_an_account_is_active_when_any_user_of_it_is() -> None:
    members = {"u1": "a", "u2": "a", "u3": None}
    users = [
        {"user_id": user, "account_id": account, "created_at": _moment("2024-01-01")}
        for user, account in members.items()
    ]
    visits = [*_visits("u1", "2024-01-01"), *_visits("u2", "2024-01-01", "2024-01-02")]
    company = _ask(_raw(users=users, events=[*visits, *_visits("u3", "2024-01-02")]))
    rows = [row for row in active_accounts_daily(company) if row["segment_name"] == "all"]
    assert [(row["dau"], row["mau"]) for row in rows] == [(1, 1), (2, 2)]


def test_active_days_are_counted_in_the_window_that_ends_with_as_of() -> None:
    raw = _raw(events=_visits("u1", "2024-01-03") + _visits("u2", "2024-01-04", "2024-01-10"))
    rows = active_days_distribution(_ask(raw, mau_window_days=7))
    assert [row["users"] for row in rows] == [1, 0, 1, 0, 0, 0, 0, 0]


def test_who_may_use_a_feature_is_eligible_and_so_is_who_does() -> None:
    reference: dict[str, list[Row]] = {
        "features": [{"feature_id": name} for name in ("open", "basic", "paid")],
        "plans": [
            {"plan_id": plan, "list_price_monthly_cents": price, "list_price_yearly_cents": price}
            for plan, price in (("free", "0"), ("pro", "900"))
        ],
        "plan_features": [
            {"plan_id": plan, "feature_id": feature}
            for plan, feature in (("free", "basic"), ("pro", "basic"), ("pro", "paid"))
        ],
        "tracking_plan": [{"event_name": "used", "feature_id": "paid"}],
    }
    # u1 pays from the 2nd and leaves on the 4th, u2 uses it on the 5th and pays nothing.
    changes = [
        _change("2024-01-02", 900, plan_id="pro"),
        _change("2024-01-04", 900, status="canceled"),
    ]
    days = [f"2024-01-0{number}" for number in range(1, 6)]
    raw = _merge(
        _subscription(*changes, payer="u1"),
        _raw(events=[*_visits("u1", *days), _event("u2", "2024-01-05", event_name="used")]),
    )
    rows = {
        (row["feature_id"], row["period_start"].day): (row["adopting_users"], row["eligible_users"])
        for row in feature_adoption(understand(raw, reference, Params()))
        if row["period_grain"] == "day"
    }
    assert [rows["paid", day] for day in range(1, 6)] == [(0, 0), (0, 1), (0, 1), (0, 0), (1, 1)]
    for feature in ("open", "basic"):
        assert [rows[feature, day][1] for day in range(1, 6)] == [1, 1, 1, 1, 2]


def test_a_pair_of_features_by_hand() -> None:
    reference: dict[str, list[Row]] = {
        "features": [{"feature_id": name} for name in ("y", "x")],
        "tracking_plan": [{"event_name": name, "feature_id": name} for name in ("x", "y")],
    }
    # On the 30th, with windows of 7 days, those who came by the 16th are classified.
    uses = {"u1": ("x", "y"), "u2": ("x",), "u3": (), "u4": ("y",), "u5": ()}
    first_day = {"u1": 1, "u2": 16, "u3": 17, "u4": 10, "u5": 16}
    events = [
        _event(user, f"2024-01-{first_day[user]:02}T0{place}", event_name=name)
        for user, names in uses.items()
        for place, name in enumerate(("visited", *names))
    ]
    events += [_event("u1", "2024-01-24"), _event("u2", "2024-01-23"), _event("u5", "2024-01-30")]
    company = understand(_raw(events=events), reference, Params(mau_window_days=7))
    [row] = feature_correlations(company)
    assert (row["feature_a"], row["feature_b"]) == ("x", "y")
    assert (row["users"], row["users_a"], row["users_b"], row["users_both"]) == (5, 2, 2, 1)
    assert row["phi"] == 1 / 6  # (5 * 1 - 2 * 2) / sqrt(2 * 3 * 2 * 3)
    assert (row["eligible_users"], row["retained_users"]) == (4, 2)  # u1 and u5 stayed
    assert (row["adopters_a_retention_rate"], row["others_a_retention_rate"]) == (0.5, 0.5)
    assert (row["adopters_b_retention_rate"], row["others_b_retention_rate"]) == (0.5, 0.5)


def test_the_hour_of_a_use_is_that_of_the_reporting_zone() -> None:
    reference: dict[str, list[Row]] = {
        "features": [{"feature_id": "x"}],
        "tracking_plan": [{"event_name": "visited", "feature_id": "x"}],
    }
    # Sunday 2024-10-27: Berlin shows 02:30 twice.
    raw = _raw(events=_visits("u", "2024-10-27T00:30", "2024-10-27T01:30", "2024-10-27T23:30"))
    company = understand(raw, reference, Params(reporting_timezone="Europe/Berlin"))
    used = {(r["weekday"], r["hour"]): r["events"] for r in feature_heatmap(company) if r["events"]}
    assert used == {(7, 2): 2, (1, 0): 1}


def test_a_journey_ends_where_its_session_does() -> None:
    names = ("a", "b", "a")
    events = [_event("u", f"2024-01-01T10:0{n}", event_name=name) for n, name in enumerate(names)]
    raw = _raw(events=[*events, _event("u", "2024-01-01T12:00", event_name="a")])
    edges = {
        (row["step_number"], row["from_event"], row["to_event"]): (row["sessions"], row["users"])
        for row in journey_edges(_ask(raw, journey_max_steps=3))
    }
    assert edges == {(1, "a", "b"): (1, 1), (1, "a", "(end)"): (1, 1), (2, "b", "a"): (1, 1)}


def test_what_cannot_have_happened_does_not_move_the_clock() -> None:
    events = _visits("u1", "2024-01-05")
    events.append(_event("u1", "2024-02-01T00:06:00", received_at=_moment("2024-02-01T00:00:59")))
    raw = _raw(events=events)
    assert last_date(raw, Params()) == date(2024, 1, 5)
    assert last_date(raw, Params(future_skew_minutes=6)) == date(2024, 2, 1)
    assert [j.reason for j in classify(raw, Params(), {})["events"]] == [None, "future_timestamp"]


def test_a_day_is_complete_when_the_clock_of_the_data_has_seen_its_end() -> None:
    def as_of(received: str | None, told: str | None = None, **params: Any) -> int:
        at = received and _moment(received)
        raw = _raw(events=[*_visits("u", "2024-01-04"), _event("u", "2024-01-05", received_at=at)])
        raw["loads"] = [
            {"loaded_at": LOADED_AT - timedelta(days=1), "complete_until": "2024-01-02"},
            {"loaded_at": LOADED_AT, "complete_until": told},
        ]
        day = as_of_date(raw, Params(**params))
        assert day
        return day.day

    assert as_of("2024-01-05T12:00:00") == 4
    assert as_of("2024-01-06T00:00:00") == 5
    assert as_of("2024-01-06T00:00:00", reporting_timezone="Atlantic/Azores") == 4
    assert as_of("2024-01-03T12:00:00") == 4, "received before it happened: it moves nothing"
    assert as_of(None) == 5
    assert as_of("2024-01-05T12:00:00", "2024-01-06") == 5
    assert as_of("2024-01-06T12:00:00", "2024-01-05T23:59:59Z") == 4
    assert as_of(None, "2024-01-03") == 2
    assert as_of(None, "2024-01-03", complete_until="2024-01-05") == 4
    assert as_of("2024-01-05T12:00:00", as_of_date=date(2024, 1, 3)) == 3


def test_a_day_that_is_not_over_is_counted_so_far() -> None:
    raw = _raw(
        events=[*_visits("u", "2024-01-01T09:00"), *_visits("v", "2024-01-02T09:00")],
        users=[{"user_id": "u", "created_at": _moment("2024-01-01")}],
    )
    company = _ask(raw, complete_until="2024-01-02")
    daily = [row for row in active_users_daily(company) if row["segment_name"] == "all"]
    assert [(row["dau"], row["mau"], row["is_complete"]) for row in daily] == [
        (1, 1, True),
        (1, 2, False),
    ]
    assert [row["user_id"] for row in sessions(company)] == ["u", "v"]
    periods = [row for row in active_users_by_period(company) if row["segment_name"] == "all"]
    assert {(row["period_grain"], row["active_users"]) for row in periods} == {
        ("day", 1),
        ("week", 1),
        ("month", 1),
    }


def test_the_first_arrival_counts_for_events_and_the_last_load_for_users() -> None:
    early, late = _moment("2024-01-01"), _moment("2024-01-02")
    raw = _raw(
        events=[
            _event("u1", "2023-12-05", event_id="e", received_at=late),
            _event("u2", "2023-12-06", event_id="e", received_at=early),
            _event("u3", "2023-12-04", event_id="e"),
            _event("u0", "2199-01-01", event_id="e", received_at=MINUS_INFINITY),
        ],
        users=[
            {"user_id": "u2", "country": "DE", "created_at": early, "loaded_at": early},
            {"user_id": "u2", "country": "US", "created_at": late, "loaded_at": late},
            {"user_id": "u2", "country": "FR", "created_at": late, "loaded_at": late},
        ],
    )
    classified = classify(raw, Params(), {})
    statuses = [j.status for j in classified["events"]]
    assert statuses == ["duplicate", "accepted", "duplicate", "rejected"]
    # Of those that arrived together the first by contents: FR before US.
    assert [j.status for j in classified["users"]] == ["duplicate", "duplicate", "accepted"]


def test_an_event_without_a_time_of_receipt_arrived_when_it_was_loaded() -> None:
    early, late = _moment("2024-01-01"), _moment("2024-01-02")
    raw = _raw(
        events=[
            _event("u1", "2023-12-05", event_id="e", received_at=late, loaded_at=early),
            _event("u2", "2023-12-05", event_id="e", loaded_at=late),
            _event("u3", "2023-12-05", event_id="e", received_at=late, loaded_at=late),
            _event("u4", "2023-12-05", event_id="f", received_at=late, loaded_at=early),
            _event("u5", "2023-12-05", event_id="f", loaded_at=early),
        ]
    )
    statuses = [j.status for j in classify(raw, Params(), {})["events"]]
    assert statuses == ["accepted", "duplicate", "duplicate", "duplicate", "accepted"]


def test_contents_are_compared_after_blanks_became_null() -> None:
    person: Row = {"user_id": "u", "created_at": _moment("2024-01-01")}
    # As null the blank country comes last, the null of is_internal, as false, first.
    raw = _raw(
        users=[
            *(person | {"country": " "}, person | {"country": "DE"}),
            person | {"user_id": "v", "is_internal": True},
            person | {"user_id": "v", "is_internal": None},
        ]
    )
    statuses = [j.status for j in classify(raw, Params(), {})["users"]]
    assert statuses == ["duplicate", "accepted", "duplicate", "accepted"]


def test_a_blank_name_of_an_event_is_an_unknown_event() -> None:
    raw = _raw(events=[_event("u1", "2024-01-05", event_name=" ")])
    assert [j.status for j in classify(raw, Params(), {})["events"]] == ["accepted"]
    assert {row["dau"] for row in active_users_daily(_ask(raw))} == {1}


@pytest.mark.parametrize(
    ("interval", "unit_amount", "discount", "cents"),
    [
        ("month", 1000, None, 1000),
        ("year", 1000, None, 83),  # 83.33
        ("year", 18, None, 2),  # 1.5 goes up
        ("quarter", 1000, None, 333),  # 333.33
        ("week", 1000, None, 4333),  # 1000 * 52 / 12 = 4333.33
        ("month", 4900, "33.3333", 3267),  # 4900 * 0.666667 = 3266.67
        ("month", 4900, "100", None),
        ("month", 0, None, None),
    ],
)
def test_a_price_is_brought_to_a_month_and_rounded_half_up(
    interval: str, unit_amount: int, discount: str | None, cents: int | None
) -> None:
    percent = None if discount is None else Decimal(discount)
    raw = _subscription(
        _change("2024-01-10", unit_amount, billing_interval=interval, discount_percent=percent)
    )
    assert [row["amount_cents"] for row in mrr_movements(_ask(raw))] == ([cents] if cents else [])


def test_past_due_counts_for_thirty_days_and_leaves_on_the_next() -> None:
    raw = _subscription(
        _change("2024-01-01", 500),
        _change("2024-01-10", 500, status="past_due"),
        _change("2024-01-20", 700, status="past_due"),
        _change("2024-02-20", 700),
    )
    # From 10 January on: 22 days in January, 8 in February; 9 February is the day after.
    assert _story(raw) == [
        ("2024-01-01", "new", None, 500),
        ("2024-01-20", "expansion", None, 200),
        ("2024-02-09", "churn", "involuntary", -700),
        ("2024-02-20", "reactivation", None, 700),
    ]


def test_only_the_close_of_a_day_counts() -> None:
    raw = _subscription(
        _change("2024-01-10T08:00:00", 500),
        _change("2024-01-10T09:00:00", 500, status="canceled"),
        _change("2024-01-12T08:00:00", 300),
        _change("2024-01-20T08:00:00", 300, status="canceled"),
        _change("2024-01-20T09:00:00", 400),
        _change("2024-01-25T09:00:00", 400, status="past_due"),
        _change("2024-01-26T09:00:00", 400, status="canceled"),
    )
    assert _story(raw) == [
        ("2024-01-12", "new", None, 300),
        ("2024-01-20", "expansion", None, 100),
        ("2024-01-26", "churn", "involuntary", -400),
    ]


def test_a_discount_lasts_until_the_day_of_its_end() -> None:
    change = _change("2024-01-10", 1000, discount_percent=Decimal(25))
    raw = _subscription(change | {"discount_ends_at": _moment("2024-01-15T18:00:00")})
    assert _story(raw, as_of_date=date(2024, 1, 31)) == [
        ("2024-01-10", "new", None, 750),
        ("2024-01-15", "expansion", None, 250),
    ]


def test_an_end_without_a_cancellation_ends_the_subscription_on_its_day() -> None:
    raw = _subscription(_change("2024-01-10", 1000), ended_at=_moment("2024-01-20T12:00:00"))
    last = _story(raw, as_of_date=date(2024, 1, 31))[-1]
    assert last == ("2024-01-20", "churn", "voluntary", -1000)
    raw = _subscription(
        _change("2024-01-10", 1000),
        _change("2024-01-25", 1000, status="canceled"),
        ended_at=_moment("2024-01-20"),
    )
    assert _story(raw)[-1] == ("2024-01-25", "churn", "voluntary", -1000)


def test_a_request_to_cancel_ends_the_subscription_only_when_asked_to() -> None:
    raw = _subscription(
        _change("2024-01-10", 1000),
        _change("2024-01-25", 1000, status="canceled"),
        cancel_requested_at=_moment("2024-01-20"),
    )
    assert _story(raw)[-1][0] == "2024-01-25"
    assert _story(raw, cancel_policy="at_request")[-1][0] == "2024-01-20"


def test_a_return_counts_after_a_cancellation_that_was_asked_for_and_only_then() -> None:
    back = _change("2024-01-28", 1000)
    left = _change("2024-01-25", 1000, status="canceled")
    request: Row = {"cancel_requested_at": _moment("2024-01-20")}
    stayed = _subscription(_change("2024-01-10", 1000), back, **request)
    assert _story(stayed, cancel_policy="at_request")[-1][:2] == ("2024-01-20", "churn")
    returned = _subscription(_change("2024-01-10", 1000), left, back, **request)
    assert _story(returned, cancel_policy="at_request")[-1][:2] == ("2024-01-28", "reactivation")


def test_an_end_out_of_past_due_the_day_before_is_involuntary() -> None:
    ended_at = _moment("2024-01-20T12:00:00")
    for day, reason in (("2024-01-19", "involuntary"), ("2024-01-20", "voluntary")):
        overdue = _change(day, 1000, status="past_due")
        raw = _subscription(_change("2024-01-10", 1000), overdue, ended_at=ended_at)
        last = _story(raw, as_of_date=date(2024, 1, 31))[-1]
        assert last == ("2024-01-20", "churn", reason, -1000)


def test_the_first_of_a_month_brings_the_exchange_rate_and_then_the_change() -> None:
    raw = _subscription(
        _change("2024-01-10", 10_000, currency="EUR"),
        _change("2024-02-01", 15_000, currency="EUR"),
        _change("2024-03-05", 15_000, currency="EUR", status="canceled"),
    )
    # 10,000 at 1.10 = 11,000; at 1.20 = 12,000: +1,000. 15,000 at 1.20 = 18,000: +6,000.
    # March has no rate and keeps that of February.
    assert _story(raw) == [
        ("2024-01-10", "new", None, 11_000),
        ("2024-02-01", "fx", None, 1_000),
        ("2024-02-01", "expansion", None, 6_000),
        ("2024-03-05", "churn", "voluntary", -18_000),
    ]


def test_a_currency_without_minor_units_is_not_a_hundred_times_too_small() -> None:
    # 100,000 yen * 0.0067 = 670 dollars.
    assert _story(_subscription(_change("2024-01-10", 100_000, currency="JPY"))) == [
        ("2024-01-10", "new", None, 67_000)
    ]


def test_a_change_in_a_currency_without_a_rate_is_quarantined() -> None:
    rates = [
        {"currency": "GBP", "month": "2024-01-01", "rate": "0", "minor_unit_digits": "2"},
        {"currency": "EUR", "month": "2024-01-01", "rate": "1.1", "minor_unit_digits": "2"},
    ]
    currencies = ("XXX", "GBP", " ", "eur", "usd")
    raw = _subscription(
        *(_change(f"2024-01-1{n}", 5, currency=c) for n, c in enumerate(currencies)),
        _change("2024-01-20", -5, currency="XXX"),
    )
    classified = classify(raw, Params(), {"exchange_rates": rates})["subscription_changes"]
    unpriced = "no_exchange_rate"
    assert [each.reason for each in classified] == [
        *(unpriced, unpriced, unpriced, None, None, "out_of_range_unit_amount")
    ]
    assert [each.row["currency"] for each in classified[3:5]] == ["EUR", "USD"]


def test_a_month_before_all_rates_takes_the_first_after() -> None:
    # 10,000 at 1.10 of January; November and December have none, so there is no effect of theirs.
    raw = _subscription(_change("2023-11-10", 10_000, currency="EUR"))
    assert _story(raw, as_of_date=date(2024, 1, 31)) == [("2023-11-10", "new", None, 11_000)]


def test_the_reporting_currency_ignores_its_own_rate_but_not_its_digits() -> None:
    rates: list[Row] = [
        {"currency": "JPY", "month": "2024-01-01", "rate": "7", "minor_unit_digits": "0"},
        {"currency": "USD", "month": "2024-01-01", "rate": "150", "minor_unit_digits": None},
    ]
    raw = _merge(
        _subscription(_change("2024-01-10", 1000, currency="JPY"), payer="a"),
        _subscription(_change("2024-01-10", 1000, currency="USD"), payer="b"),
    )
    company = understand(raw, {"exchange_rates": rates}, Params(reporting_currency="JPY"))
    # 1,000 yen; 10.00 dollars * 150 = 1,500 yen.
    assert {row["account_id"]: row["amount_cents"] for row in mrr_movements(company)} == {
        "a": 1000,
        "b": 1500,
    }
    assert {row["current_mrr_amount"] for row in accounts(company)} == {1000, 1500}


def test_a_currency_has_its_usual_digits_where_no_rate_says_otherwise() -> None:
    currencies: list[Row] = [
        {"currency": "JPY", "name": "Japanese Yen", "minor_unit_digits": "0"},
        {"currency": "ISK", "name": "Icelandic Króna", "minor_unit_digits": "0"},
    ]
    rates: list[Row] = [
        {"currency": "ISK", "month": "2024-01-01", "rate": "1.1", "minor_unit_digits": "2"}
    ]
    raw = _merge(
        _subscription(_change("2024-01-10", 1000, currency="JPY"), payer="a"),
        _subscription(_change("2024-01-10", 1000, currency="ISK"), payer="b"),
    )
    reference = {"currencies": currencies, "exchange_rates": rates}
    company = understand(raw, reference, Params(reporting_currency="JPY"))
    # 1,000 yen; 10.00 krónur (of a source that counts hundredths) * 1.1 = 11 yen.
    assert {row["account_id"]: row["amount_cents"] for row in mrr_movements(company)} == {
        "a": 1000,
        "b": 11,
    }


def test_a_reporting_currency_with_three_digits_is_counted_in_hundredths() -> None:
    rates: list[Row] = [
        {"currency": "KWD", "month": "2024-01-01", "rate": "1", "minor_unit_digits": "3"},
        {"currency": "USD", "month": "2024-01-01", "rate": "0.3", "minor_unit_digits": "2"},
    ]
    raw = _merge(
        _subscription(_change("2024-01-10", 12_345, currency="KWD"), payer="a"),
        _subscription(_change("2024-01-10", 1000, currency="USD"), payer="b"),
    )
    company = understand(raw, {"exchange_rates": rates}, Params(reporting_currency="KWD"))
    # 12.345 dinars are 12.35; 10.00 dollars * 0.3 = 3.00 dinars.
    assert {row["account_id"]: row["amount_cents"] for row in mrr_movements(company)} == {
        "a": 1235,
        "b": 300,
    }


def test_the_month_of_two_accounts_by_hand() -> None:
    raw = _merge(
        _subscription(_change("2024-01-10", 10_000), _change("2024-02-10", 15_000), payer="a"),
        _subscription(
            _change("2024-01-10", 10_000),
            _change("2024-02-20", 10_000, status="canceled"),
            payer="b",
        ),
        _raw(events=_visits("u", "2024-02-29")),
    )
    months = {
        row["period_start"]: row
        for row in arr_by_period(_ask(raw))
        if (row["period_grain"], row["segment_name"]) == ("month", "all")
    }
    assert len(months) == 2
    february = months[date(2024, 2, 1)]
    expected = {
        "opening_arr_amount": Decimal("2400.00"),  # 12 * 200.00
        "expansion_arr_amount": Decimal("600.00"),  # 12 * 50.00
        "churn_arr_amount": Decimal("1200.00"),  # 12 * 100.00
        "closing_arr_amount": Decimal("1800.00"),
        "gross_arr_amount": Decimal("600.00"),
        "cancelled_arr_amount": Decimal("1200.00"),
        "net_new_arr_amount": Decimal("-600.00"),
        "customers": 1,
        "nrr_rate": 0.75,  # 150 of 200
        "grr_rate": 0.5,  # min(100, 150) + min(100, 0) of 200
        "logo_churn_rate": 0.5,
        "quick_ratio": 0.5,  # 600 ÷ 1200
        "arpa_amount": Decimal("150.00"),
        "ltv_amount": Decimal("240.00"),  # 150.00 * 0.8 * 1 / 0.5
        "nrr_12m_rate": None,
        "is_complete": True,
    }
    assert {name: february[name] for name in expected} == expected
    # No customer paid at the opening of January: no rate, no lifetime.
    january = months[date(2024, 1, 1)]
    assert (january["nrr_rate"], january["logo_churn_rate"]) == (None, None)
    assert (january["quick_ratio"], january["ltv_amount"]) == (None, None)


def test_a_lifetime_without_churn_is_capped() -> None:
    raw = _merge(
        _subscription(_change("2024-01-10", 10_000)), _raw(events=_visits("u", "2024-02-29"))
    )
    [february] = [
        row
        for row in arr_by_period(_ask(raw))
        if (row["period_grain"], row["segment_name"]) == ("month", "all")
        and row["period_start"] == date(2024, 2, 1)
    ]
    assert february["ltv_amount"] == Decimal("4800.00")  # 100.00 * 0.8 * 60 months


def test_a_lifetime_is_customers_times_months_by_customers_lost() -> None:
    raw = _merge(
        *(_subscription(_change("2023-12-10", 10_000), payer=payer) for payer in "abcdefg"),
        _subscription(
            _change("2023-12-10", 10_000),
            _change("2024-02-10", 10_000, status="canceled"),
            payer="h",
        ),
        _raw(events=_visits("u", "2024-03-31")),
    )
    ltv = {
        (row["period_grain"], row["period_start"]): row["ltv_amount"]
        for row in arr_by_period(_ask(raw))
        if row["segment_name"] == "all"
    }
    # 8 customers * 3 months ÷ 1 lost = 24 months; 100.00 * 0.8 * 24.
    assert ltv["quarter", date(2024, 1, 1)] == Decimal("1920.00")
    # 8 * 112 / 487 = 1.839836 months; 80.00 * 1.839836 = 147.1869.
    assert ltv["week", date(2024, 2, 5)] == Decimal("147.19")
    # 8 * 16 / 487 = 0.262834 months; 80.00 * 0.262834 = 21.0267.
    assert ltv["day", date(2024, 2, 10)] == Decimal("21.03")


def test_mean_revenue_is_rounded_half_up_to_a_minor_unit() -> None:
    raw = _merge(
        _subscription(_change("2024-01-10", 100), payer="a"),
        _subscription(_change("2024-01-10", 101), payer="b"),
        _raw(events=_visits("u", "2024-02-01")),
    )
    rows = {
        (row["period_grain"], row["period_start"]): row
        for row in arr_by_period(_ask(raw))
        if row["segment_name"] == "all"
    }
    # 2.01 ÷ 2 = 1.005; the lifetime is the cap, and only its product is rounded: 48 * 1.005.
    assert rows["day", date(2024, 2, 1)]["arpa_amount"] == Decimal("1.01")
    assert rows["day", date(2024, 2, 1)]["ltv_amount"] == Decimal("48.24")
    assert rows["day", date(2024, 1, 10)]["ltv_amount"] is None


def test_a_change_of_plan_is_churn_of_one_plan_and_new_of_the_other() -> None:
    raw = _subscription(
        _change("2024-01-10", 1000, plan_id="basic"), _change("2024-02-10", 1500, plan_id="pro")
    )
    february = {
        row["segment_value"]: row
        for row in arr_by_period(_ask(raw))
        if row["period_grain"] == "month" and row["period_start"] == date(2024, 2, 1)
    }
    assert february["all"]["expansion_arr_amount"] == Decimal("60.00")
    assert february["basic"]["churn_arr_amount"] == Decimal("120.00")
    assert february["pro"]["new_arr_amount"] == Decimal("180.00")


def test_the_reason_of_churn_is_that_of_the_largest_subscription_that_left() -> None:
    def left(status: str, unit_amount: int, currency: str = "USD") -> Raw:
        price: Row = {"unit_amount": unit_amount, "currency": currency}
        return _subscription(
            _change("2024-01-10", **price), _change("2024-02-01", **price, status=status)
        )

    assert _story(_merge(left("unpaid", 1000), left("paused", 1000)))[-1][2] == "involuntary"
    assert _story(_merge(left("unpaid", 1000), left("paused", 1001)))[-1][2] == "pause"
    # 1,000 euros are 1,100 dollars in January and 1,200 on the day they leave.
    unlike = _merge(left("unpaid", 1150), left("paused", 1000, "EUR"))
    assert _story(unlike)[-1] == ("2024-02-01", "churn", "pause", -2350)


def test_an_effect_of_exchange_rates_has_the_plan_that_was_largest_before_it() -> None:
    raw = _merge(
        _subscription(_change("2024-01-10", 1000, plan_id="euro", currency="EUR")),
        _subscription(_change("2024-01-10", 1150, plan_id="dollar")),
    )
    rows = mrr_movements(_ask(raw, as_of_date=date(2024, 2, 2)))
    # 1,100 against 1,150 at the close of January, 1,200 on the first of February.
    assert [(r["movement_type"], r["amount_cents"], r["plan_id"]) for r in rows] == [
        ("new", 2250, "dollar"),
        ("fx", 100, "dollar"),
    ]


def test_a_change_without_its_subscription_is_paid_by_an_account_of_that_id() -> None:
    raw = _merge(_subscription(_change("2024-01-10", 1000), created_at=INFINITY))
    company = _ask(raw)
    assert [row["account_id"] for row in mrr_movements(company)] == ["0_s"]
    assert [(row["account_id"], row["is_registered"]) for row in accounts(company)] == [
        ("0_s", False)
    ]


def test_the_plan_of_a_movement_is_the_largest_after_it() -> None:
    raw = _merge(
        _subscription(_change("2024-01-10", 1000, plan_id="pro")),
        _subscription(_change("2024-01-20", 1000, plan_id="basic")),
        _subscription(_change("2024-01-30", 1, plan_id="pro")),
    )
    rows = mrr_movements(_ask(raw))
    plans = [(r["movement_type"], r["plan_id"]) for r in rows]
    assert plans == [("new", "pro"), ("expansion", "basic"), ("expansion", "pro")]
    [account] = accounts(_ask(raw))
    assert (account["current_plan_id"], account["current_mrr_amount"]) == ("pro", Decimal("20.01"))


def test_a_person_stands_for_the_account_where_there_is_none() -> None:
    raw = _merge(
        _subscription(_change("2024-01-10", 1000), payer="", user_id="u1", account_id=None),
        _raw(
            users=[{"user_id": "u1", "country": "DE", "created_at": _moment("2024-01-01")}],
            events=_visits("u1", "2024-01-10") + _visits("u2", "2024-01-10"),
        ),
    )
    company = _ask(raw)
    assert [row["account_id"] for row in mrr_movements(company)] == ["u1"]
    values = {
        (row["segment_name"], row["segment_value"])
        for row in arr_by_period(company)
        if row["segment_name"] != "all"
    }
    assert values == {
        ("country", "DE"),
        ("industry", "unknown"),
        ("company_size", "unknown"),
        ("plan", "basic"),
    }
    plans = {row["user_id"]: row["current_plan_id"] for row in users(company)}
    assert plans == {"u1": "basic", "u2": None}
    told = ("country", "current_plan_id", "is_registered", "current_mrr_amount", "user_count")
    assert {row["account_id"]: tuple(row[name] for name in told) for row in accounts(company)} == {
        "u1": ("DE", "basic", False, Decimal("10.00"), 1),
        "u2": (None, None, False, Decimal("0.00"), 1),
    }
    assert [row["created_date"] for row in accounts(company)] == [date(2024, 1, 1), None]


def test_who_does_not_count_has_an_account_and_a_platform_but_no_active_dates() -> None:
    person = {"account_id": "a", "created_at": _moment("2024-01-01")}
    raw = _raw(
        users=[person | {"user_id": "staff", "is_internal": True}, person | {"user_id": "u"}],
        events=[_event(user, "2024-01-02", platform="web") for user in ("staff", "u")],
    )
    company = _ask(raw)
    day = date(2024, 1, 2)
    told = ("account_id", "platform", "is_counted", "first_active_date", "last_active_date")
    assert {row["user_id"]: tuple(row[name] for name in told) for row in users(company)} == {
        "staff": ("a", "web", False, None, None),
        "u": ("a", "web", True, day, day),
    }
    [account] = accounts(company)
    assert (account["account_id"], account["is_registered"], account["user_count"]) == (
        *("a", False, 1),
    )


def test_calendars_know_leap_days_week_53_and_other_starts() -> None:
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2024, 1, 31), -2) == date(2023, 11, 30)
    assert twelve_months_opening(date(2024, 2, 29)) == date(2023, 2, 28)
    assert twelve_months_opening(date(2025, 2, 28)) == date(2024, 2, 29)
    assert period_start(date(2021, 1, 3), "week", Params()) == date(2020, 12, 28)
    assert period_start(date(2021, 1, 3), "week", Params(week_start="sunday")) == date(2021, 1, 3)
    april = Params(fiscal_year_start_month=4)
    assert period_start(date(2024, 3, 31), "fiscal_year", april) == date(2023, 4, 1)
    assert period_start(date(2024, 4, 1), "fiscal_year", april) == date(2024, 4, 1)


def test_reference_cells_that_are_empty_are_none(tmp_path: Path) -> None:
    (tmp_path / "plans.csv").write_text("plan_id,name\nbasic,\n", encoding="utf-8")
    assert read_reference(tmp_path) == {"plans": [{"plan_id": "basic", "name": None}]}


# Small tools

RATES = [
    {"currency": "EUR", "month": "2024-01-01", "rate": "1.10", "minor_unit_digits": "2"},
    {"currency": "EUR", "month": "2024-02-01", "rate": "1.20", "minor_unit_digits": "2"},
    {"currency": "JPY", "month": "2024-01-01", "rate": "0.0067", "minor_unit_digits": "0"},
]


def _assert_parts_make_the_whole(
    rows: Iterable[Row], key_columns: tuple[str, ...], measure: str
) -> None:
    sums: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        sums[tuple(row[c] for c in key_columns)][row["segment_name"]] += row[measure]
    assert sums
    for key, by_segment in sums.items():
        assert set(by_segment.values()) == {by_segment["all"]}, (key, measure, dict(by_segment))


def _sorted(rows: list[Row]) -> list[str]:
    return sorted(map(repr, rows))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _raw(**tables: list[Row]) -> Raw:
    raw: Raw = {}
    for name, table in raw_tables().items():
        empty = dict.fromkeys(c.name for c in table.file_columns) | {"loaded_at": LOADED_AT}
        raw[name] = [empty | row for row in tables.get(name, [])]
    return raw


def _merge(*raws: Raw) -> Raw:
    """The rows of all of them; subscriptions and changes get new ids."""
    merged: Raw = {name: [] for name in raw_tables()}
    for place, raw in enumerate(raws):
        for name, rows in raw.items():
            for row in rows:
                own = {
                    c: f"{place}_{row[c]}" for c in ("subscription_id", "change_id") if row.get(c)
                }
                merged[name].append(row | own)
    return merged


def _event(user_id: str | None, moment: str, **values: Any) -> Row:
    event = {"event_id": f"{user_id} {moment}", "event_name": "visited", "user_id": user_id}
    return event | {"occurred_at": _moment(moment)} | values


def _visits(user_id: str, *moments: str) -> list[Row]:
    return [_event(user_id, moment) for moment in moments]


def _change(moment: str, unit_amount: int, **values: Any) -> Row:
    usual = {
        "change_id": moment,
        "subscription_id": "s",
        "changed_at": _moment(moment),
        "status": "active",
        "plan_id": "basic",
        "billing_interval": "month",
        "quantity": 1,
        "unit_amount": unit_amount,
        "currency": "USD",
    }
    return usual | values


def _subscription(*changes: Row, payer: str = "a", **values: Any) -> Raw:
    subscription = {
        "subscription_id": "s",
        "account_id": payer,
        "created_at": _moment("2023-01-01"),
    }
    return _raw(subscriptions=[subscription | values], subscription_changes=list(changes))


def _ask(raw: Raw, **params: Any) -> Company:
    return understand(raw, {"exchange_rates": RATES}, Params(**params))


def _story(raw: Raw, **params: Any) -> list[tuple[str, str, str | None, int]]:
    return [
        (row["date"].isoformat(), row["movement_type"], row["reason"], row["amount_cents"])
        for row in mrr_movements(_ask(raw, **params))
    ]
