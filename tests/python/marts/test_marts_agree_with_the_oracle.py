"""The marts against an implementation that knows only the definitions, not the SQL."""

import math
from datetime import UTC, date, datetime
from typing import Any

import oracle
import pytest
from keys import foreign_keys, wanted_foreign_keys
from oracle.activity import (
    DAILY_COLUMNS,
    DISTRIBUTION_COLUMNS,
    EVENT_COLUMNS,
    PERIOD_COLUMNS,
    USER_DAY_COLUMNS,
)
from oracle.clock import ONE_DAY, days, local_date, next_start, period_start
from oracle.customers import PERFORMANCE_COLUMNS, RISK_COLUMNS, TRACE_COLUMNS
from oracle.decisions import (
    CUSTOMER_COLUMNS,
    OUTCOME_COLUMNS,
    RECOMMENDATION_COLUMNS,
    SCENARIO_COLUMNS,
    SCENARIO_TOTAL_COLUMNS,
    SIGNAL_COLUMNS,
)
from oracle.dimensions import (
    ACCOUNT_COLUMNS,
    EXPERIMENT_COLUMNS,
    FEATURE_COLUMNS,
    FUNNEL_COLUMNS,
    PLAN_COLUMNS,
    RULE_COLUMNS,
    USER_COLUMNS,
)
from oracle.experiments import EXPOSURE_COLUMNS, MEASURE_COLUMNS, RESULT_COLUMNS
from oracle.features import (
    ADOPTION_COLUMNS,
    CORRELATION_COLUMNS,
    HEATMAP_COLUMNS,
    USAGE_COLUMNS,
)
from oracle.funnels import FUNNEL_STEP_COLUMNS, FUNNEL_USER_COLUMNS, FUNNEL_WEEK_COLUMNS
from oracle.journeys import EDGE_COLUMNS
from oracle.leakage import LEAKAGE_COLUMNS
from oracle.opinions import (
    ACCOUNT_RFM_COLUMNS,
    NPS_COLUMNS,
    SUPPORT_COLUMNS,
    USER_RFM_COLUMNS,
)
from oracle.retention import COHORT, COHORT_COLUMNS, COHORT_USER_COLUMNS, SURVIVAL_COLUMNS
from oracle.revenue import ARR_COLUMNS, MOVEMENT_COLUMNS, MOVEMENT_SUBSCRIPTION_COLUMNS
from oracle.revenue_days import MRR_DAILY_COLUMNS, REVENUE_COHORT_COLUMNS
from oracle.sessions import SESSION_COLUMNS, SESSION_DAILY_COLUMNS

from .conftest import Answered

Row = dict[str, Any]

LOAD = ("load_id", "table_name")
SEGMENT = ("segment_name", "segment_value")
MARTS = {
    "fct_user_days": (oracle.user_days, USER_DAY_COLUMNS, ("user_id", "date")),
    "fct_events_daily": (oracle.events_daily, EVENT_COLUMNS, ("date", "event_name")),
    "fct_active_users_daily": (oracle.active_users_daily, DAILY_COLUMNS, ("date", *SEGMENT)),
    "fct_active_users_by_period": (
        oracle.active_users_by_period,
        PERIOD_COLUMNS,
        ("period_grain", "period_start", *SEGMENT),
    ),
    "fct_active_accounts_daily": (oracle.active_accounts_daily, DAILY_COLUMNS, ("date", *SEGMENT)),
    "fct_active_days_distribution": (
        oracle.active_days_distribution,
        DISTRIBUTION_COLUMNS,
        ("active_days",),
    ),
    "fct_sessions": (oracle.sessions, SESSION_COLUMNS, ("session_id",)),
    "fct_sessions_daily": (oracle.sessions_daily, SESSION_DAILY_COLUMNS, ("date", *SEGMENT)),
    "fct_feature_usage_daily": (
        oracle.feature_usage_daily,
        USAGE_COLUMNS,
        ("date", "feature_id"),
    ),
    "fct_feature_adoption": (
        oracle.feature_adoption,
        ADOPTION_COLUMNS,
        ("period_grain", "period_start", "feature_id"),
    ),
    "fct_feature_heatmap": (
        oracle.feature_heatmap,
        HEATMAP_COLUMNS,
        ("feature_id", "weekday", "hour"),
    ),
    "fct_feature_correlations": (
        oracle.feature_correlations,
        CORRELATION_COLUMNS,
        ("feature_a", "feature_b"),
    ),
    "fct_journey_edges": (
        oracle.journey_edges,
        EDGE_COLUMNS,
        ("step_number", "from_event", "to_event"),
    ),
    "fct_funnel_users": (oracle.funnel_users, FUNNEL_USER_COLUMNS, ("funnel_id", "unit_id")),
    "fct_funnel_steps": (
        oracle.funnel_steps,
        FUNNEL_STEP_COLUMNS,
        ("funnel_id", *SEGMENT, "step_number"),
    ),
    "fct_funnel_steps_weekly": (
        oracle.funnel_steps_weekly,
        FUNNEL_WEEK_COLUMNS,
        ("funnel_id", *SEGMENT, "entry_week", "step_number"),
    ),
    "fct_retention_cohorts": (
        oracle.retention_cohorts,
        COHORT_COLUMNS,
        (*COHORT, "cohort_start", "period_number"),
    ),
    "fct_cohort_users": (oracle.cohort_users, COHORT_USER_COLUMNS, ("cohort_basis", "user_id")),
    "fct_survival": (oracle.survival, SURVIVAL_COLUMNS, (*SEGMENT, "day_number")),
    "fct_experiment_exposures": (
        oracle.experiment_exposures,
        EXPOSURE_COLUMNS,
        ("experiment_id", "user_id"),
    ),
    "fct_experiment_results": (
        oracle.experiment_results,
        RESULT_COLUMNS,
        ("experiment_id", "metric_id", "variant", "method"),
    ),
    "fct_experiment_weeks": (
        oracle.experiment_weeks,
        MEASURE_COLUMNS,
        ("experiment_id", "metric_id", "variant", "week_number"),
    ),
    "fct_experiment_segments": (
        oracle.experiment_segments,
        MEASURE_COLUMNS,
        ("experiment_id", "metric_id", "variant", *SEGMENT),
    ),
    "fct_mrr_movements": (
        oracle.mrr_movements,
        MOVEMENT_COLUMNS,
        ("date", "account_id", "movement_type"),
    ),
    "fct_mrr_movement_subscriptions": (
        oracle.mrr_movement_subscriptions,
        MOVEMENT_SUBSCRIPTION_COLUMNS,
        ("subscription_id", "date"),
    ),
    "fct_arr_by_period": (
        oracle.arr_by_period,
        ARR_COLUMNS,
        ("period_grain", "period_start", *SEGMENT),
    ),
    "fct_mrr_daily": (oracle.mrr_daily, MRR_DAILY_COLUMNS, ("date", "account_id")),
    "fct_revenue_cohorts": (
        oracle.revenue_cohorts,
        REVENUE_COHORT_COLUMNS,
        ("cohort_month", "month_number"),
    ),
    "fct_revenue_leakage": (oracle.revenue_leakage, LEAKAGE_COLUMNS, ("finding_id",)),
    "fct_churn_risk": (oracle.churn_risk, RISK_COLUMNS, ("account_id",)),
    "fct_churn_risk_trace": (
        oracle.churn_risk_trace,
        TRACE_COLUMNS,
        ("account_id", "rule_id"),
    ),
    "fct_churn_rule_performance": (
        oracle.track_record,
        PERFORMANCE_COLUMNS,
        ("subject_kind", "subject_id"),
    ),
    "fct_user_rfm": (oracle.user_rfm, USER_RFM_COLUMNS, ("user_id",)),
    "fct_account_rfm": (oracle.account_rfm, ACCOUNT_RFM_COLUMNS, ("account_id",)),
    "fct_nps": (oracle.nps, NPS_COLUMNS, ("period_grain", "period_start", *SEGMENT)),
    "fct_support_load": (
        oracle.support_load,
        SUPPORT_COLUMNS,
        ("period_grain", "period_start", *SEGMENT),
    ),
    "fct_account_signals": (oracle.account_signals, SIGNAL_COLUMNS, ("finding_id",)),
    "fct_customer_360": (oracle.customer_360, CUSTOMER_COLUMNS, ("account_id",)),
    "fct_recommendations": (
        oracle.recommendations,
        RECOMMENDATION_COLUMNS,
        ("recommendation_id",),
    ),
    "fct_recommendation_outcomes": (
        oracle.recommendation_outcomes,
        OUTCOME_COLUMNS,
        ("recommendation_id",),
    ),
    "fct_scenarios": (oracle.scenarios, SCENARIO_COLUMNS, ("scenario_id", "assumption")),
    "fct_scenario_totals": (oracle.scenario_totals, SCENARIO_TOTAL_COLUMNS, ("scenario_id",)),
    "dim_users": (oracle.users, USER_COLUMNS, ("user_id",)),
    "dim_accounts": (oracle.accounts, ACCOUNT_COLUMNS, ("account_id",)),
    "dim_plans": (oracle.plans, PLAN_COLUMNS, ("plan_id",)),
    "dim_features": (oracle.features, FEATURE_COLUMNS, ("feature_id",)),
    "dim_experiments": (oracle.experiments, EXPERIMENT_COLUMNS, ("experiment_id",)),
    "dim_funnels": (oracle.funnel_definitions, FUNNEL_COLUMNS, ("funnel_id",)),
    "dim_rules": (oracle.rules, RULE_COLUMNS, ("rule_id",)),
}

# Results of distribution functions and of differences of means.
DIGITS = dict.fromkeys(
    ["fct_experiment_results", "fct_experiment_weeks", "fct_experiment_segments"], 1e-9
)


def by_key(rows: list[Row], key: tuple[str, ...]) -> dict[tuple, Row]:
    keyed = {tuple(row[column] for column in key): row for row in rows}
    assert len(keyed) == len(rows), "the key is not unique"
    return keyed


def is_same(found: Any, expected: Any, digits: float = 1e-12) -> bool:
    """Equal; floats except for the last digits, which depend on the order of operations."""
    if isinstance(expected, float) and isinstance(found, float):
        return math.isclose(found, expected, rel_tol=digits, abs_tol=0 if digits < 1e-9 else 1e-12)
    return found == expected


def assert_agrees(mart: str, found: list[Row], expected: list[Row]) -> None:
    """The rows are exactly those of the oracle, and every cell is equal."""
    _, columns, key = MARTS[mart]
    wanted, given = by_key(expected, key), by_key(found, key)
    assert sorted(given.keys() - wanted.keys(), key=repr)[:5] == [], f"{mart}: rows too many"
    assert sorted(wanted.keys() - given.keys(), key=repr)[:5] == [], f"{mart}: rows missing"
    wrong = [
        (place, column, given[place][column], row[column])
        for place, row in wanted.items()
        for column in columns
        if not is_same(given[place][column], row[column], DIGITS.get(mart, 1e-12))
    ]
    assert wrong[:10] == [], f"{mart}: {len(wrong)} cells differ (place, column, found, expected)"


@pytest.mark.parametrize("mart", MARTS)
def test_every_cell_agrees(answered: Answered, mart: str) -> None:
    expected = MARTS[mart][0](answered.company)
    assert expected, "the world says nothing about this mart"
    assert_agrees(mart, answered.warehouse.table(mart), expected)


def test_every_row_that_landed_has_the_fate_the_definitions_give_it(answered: Answered) -> None:
    classified = oracle.classify(answered.raw, answered.params, answered.company.reference)
    expected: dict[tuple, int] = {}
    for table, rows in classified.items():
        for one in rows:
            if one.status != "accepted":
                reason = one.reason or "duplicate_key"
                expected[table, one.status, reason] = (
                    expected.get((table, one.status, reason), 0) + 1
                )
    found = {
        (table, status, reason): count
        for table, status, reason, count in answered.warehouse.rows(
            "select table_name, row_status, reason, count(*) "
            "from audit.quarantined_rows group by 1, 2, 3"
        )
    }
    assert found == expected
    landed = {table: len(answered.raw[table]) for table in classified if answered.raw[table]}
    assert landed == {
        table: int(count)
        for table, count in answered.warehouse.rows(
            "select table_name, sum(accepted_rows + duplicate_rows + rejected_rows) "
            "from audit.rows_by_load group by 1"
        )
    }


def test_rows_have_the_rows_that_they_name(answered: Answered) -> None:
    assert foreign_keys(answered.warehouse) == wanted_foreign_keys()


def test_readers_see_what_became_of_every_load(answered: Answered) -> None:
    audited = answered.warehouse.table("audit.rows_by_load")
    seen = answered.warehouse.table("fct_load_quality")
    assert len(audited) > 10
    assert by_key(
        [dict.fromkeys(["as_of_date"], answered.company.as_of) | r for r in audited], LOAD
    ) == (by_key(seen, LOAD))


# When something of each table happened.
HAPPENED = {
    "events": "occurred_at",
    "user_aliases": "linked_at",
    "subscription_changes": "changed_at",
    "invoices": "issued_at",
    "invoice_lines": "issued_at",
    "payments": "attempted_at",
    "support_tickets": "opened_at",
    "nps_responses": "responded_at",
    "experiment_assignments": "assigned_at",
}


def test_freshness_is_how_far_accepted_rows_reach(answered: Answered) -> None:
    company = answered.company
    seen = answered.warehouse.table("fct_freshness")
    assert {row["table_name"] for row in seen} == company.tables.keys()
    for row in seen:
        name = row["table_name"]
        rows = company.tables[name]

        def last(column: str, rows: list[Row] = rows) -> datetime | None:
            found = [each[column] for each in rows if each.get(column) is not None]
            return max(found).astimezone(UTC).replace(tzinfo=None) if found else None

        happened = last(HAPPENED.get(name, "created_at"))
        assert row == {
            "table_name": name,
            "accepted_rows": len(rows),
            "behind_days": (
                company.as_of - local_date(happened.replace(tzinfo=UTC), answered.params)
            ).days
            if happened and company.as_of
            else None,
            "last_happened_at": happened,
            "last_received_at": last("received_at") if name == "events" else None,
            "last_loaded_at": last("loaded_at"),
            "as_of_date": company.as_of,
        }, name


# Beside the date.
CALENDAR_COLUMNS = (
    *("week_start_date", "month_start_date", "quarter_start_date", "fiscal_year_start_date"),
    *("fiscal_year", "fiscal_quarter", "iso_week", "is_weekend", "is_complete"),
)


def test_the_calendar_is_right(answered: Answered) -> None:
    company, params = answered.company, answered.params
    assert company.as_of and company.last
    happened = [
        company.as_of,
        *(row["date"] for row in oracle.active_users_daily(company) if row["dau"]),
        *(row["signup_date"] for row in oracle.users(company) if row["signup_date"]),
        *(row["date"] for row in oracle.mrr_movements(company)),
        *(row["date"] for row in oracle.sessions_daily(company)),
    ]
    first = period_start(min(happened), "fiscal_year", params)
    end = next_start(period_start(company.last, "fiscal_year", params), "fiscal_year")
    rows = sorted(answered.warehouse.table("dim_dates"), key=lambda row: row["date"])
    assert [row["date"] for row in rows] == days(first, end - ONE_DAY)
    for row in rows:
        day: date = row["date"]
        months_into_year = (day.month - params.fiscal_year_start_month) % 12
        ends_next_year = day.month >= params.fiscal_year_start_month > 1
        assert [row[column] for column in CALENDAR_COLUMNS] == [
            *(period_start(day, g, params) for g in ("week", "month", "quarter", "fiscal_year")),
            day.year + ends_next_year,
            months_into_year // 3 + 1,
            day.isocalendar().week,
            day.weekday() >= 5,
            day <= company.as_of,
        ], day
