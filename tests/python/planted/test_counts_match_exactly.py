"""Marts that count find exactly what was planted."""

from collections import Counter, defaultdict
from dataclasses import fields
from datetime import date, datetime, timedelta

from productpulse.simulator import world as w

from .conftest import Planted

TOTAL = "segment_name = 'all'"


def test_daily_active_users(planted: Planted) -> None:
    expected = {
        row["date"]: (row["dau"], row["wau"], row["mau"])
        for row in planted.truth("active_users_daily")
    }
    found = {
        row["date"]: (row["dau"], row["wau"], row["mau"])
        for row in planted.warehouse.table("fct_active_users_daily", where=TOTAL)
    }
    assert len(expected) > 400
    assert found == expected


def test_active_users_by_period(planted: Planted) -> None:
    counts = (
        *("active_users", "new_users", "retained_users"),
        *("resurrected_users", "dormant_users"),
    )
    expected = {
        (row["period_grain"], row["period_start"]): tuple(row[name] for name in counts)
        for row in planted.truth("active_users_by_period")
    }
    found = {
        (row["period_grain"], row["period_start"]): tuple(row[name] for name in counts)
        for row in planted.warehouse.table("fct_active_users_by_period", where=TOTAL)
    }
    assert {grain for grain, _ in expected} == {"day", "week", "month"}
    assert found == expected


def test_cohorts_that_came_back_in_a_period_are_its_active_users(planted: Planted) -> None:
    """Along the diagonal: for each week and month, the users of all cohorts."""
    expected = {
        (row["period_grain"], row["period_start"]): row["active_users"]
        for row in planted.truth("active_users_by_period")
        if row["period_grain"] != "day"
    }
    where = "cohort_basis = 'first_activity' and retention_type = 'bounded' and " + TOTAL
    found: Counter[tuple[str, date]] = Counter()
    for row in planted.warehouse.table("fct_retention_cohorts", where=f"{where} and is_complete"):
        start, number = row["cohort_start"], row["period_number"]
        if row["period_grain"] == "week":
            found["week", start + timedelta(weeks=number)] += row["retained_users"]
        elif row["period_grain"] == "month":
            year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
            found["month", date(year, month + 1, 1)] += row["retained_users"]
    whole = {
        (grain, start): users
        for (grain, start), users in expected.items()
        if start + timedelta(days=7 if grain == "week" else 31) <= max(s for _, s in expected)
    }
    assert len(whole) > 60
    assert {key: found[key] for key in whole} == whole


def test_every_movement_of_mrr_to_the_cent(planted: Planted) -> None:
    columns = ("date", "account_id", "movement_type", "reason", "amount_cents")
    expected = {
        tuple(row[name] for name in columns[:3]): tuple(row[name] for name in columns[3:])
        for row in planted.truth("mrr_movements")
    }
    found = {
        tuple(row[name] for name in columns[:3]): tuple(row[name] for name in columns[3:])
        for row in planted.warehouse.table("fct_mrr_movements")
    }
    kinds = Counter(kind for _, _, kind in expected)
    assert kinds.keys() >= {"new", "reactivation", "expansion", "contraction", "churn", "fx"}
    assert {reason for reason, _ in expected.values()} >= {"voluntary", "involuntary", "pause"}
    assert found == expected


def test_every_dirty_row_meets_its_fate_and_no_other_does(planted: Planted) -> None:
    truth = planted.truth("dirty_rows")
    expected = Counter(
        (row["table_name"], row["row_key"], row["reason"]) for row in truth if row["is_quarantined"]
    )
    found = Counter(
        planted.warehouse.rows(
            "select table_name, row_key, reason from audit.quarantined_rows"
            " union all select table_name, raw_text::json ->> 'event_id',"
            " case when reason like 'missing event_id%' then 'missing_key' else 'not_json' end"
            " from audit.rejected_rows"
        )
    )
    assert {row["kind"] for row in truth} == {field.name for field in fields(w.Dirt)}
    assert found == expected


def test_how_far_everybody_came_in_the_onboarding(planted: Planted) -> None:
    """Within 14 days of a beginning; some users begin twice."""
    counted = {row["user_id"] for row in planted.warehouse.table("dim_users", where="is_counted")}
    planted_steps: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for row in planted.truth("funnel_paths"):
        planted_steps[row["user_id"]].append(
            (row["occurred_at"].replace(tzinfo=None), row["step_number"])
        )
    expected = {}
    for user_id in planted_steps.keys() & counted:
        steps = planted_steps[user_id]
        for entered_at, first in sorted(steps):
            reached = [entered_at] if first == 1 else []
            for moment, step in sorted(steps):
                in_time = reached and entered_at < moment <= entered_at + timedelta(days=14)
                if in_time and step == len(reached) + 1:
                    reached.append(moment)
            if len(reached) > len(expected.get(user_id, [])):
                expected[user_id] = reached
    found = {
        row["user_id"]: [row[f"step_{step}_at"] for step in range(1, row["deepest_step"] + 1)]
        for row in planted.warehouse.table("fct_funnel_users", where="funnel_id = 'onboarding'")
    }
    assert {len(reached) for reached in found.values()} == {1, 2, 3, 4}
    assert found == expected
