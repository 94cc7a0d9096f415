"""Public data sets with answers computed elsewhere, mapped as the documentation says.

The folder is `$PULSE_OUTSIDE_DATA` or `../shared/data`; without it these tests are skipped.
"""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from funnel_project import build_funnels, reference_with
from warehouse import Warehouse

from productpulse.paths import project_root

FOLDER = Path(os.environ.get("PULSE_OUTSIDE_DATA") or project_root().parent / "shared" / "data")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"there is no {FOLDER}")

MAPPINGS = {
    "relax_logins": "map_logins.py",
    "retentioneering_ecom": "map_clicks.py",
    "mrr_playbook": "map_periods.py",
}
ACTIVITY = [
    pytest.param("relax_logins", marks=pytest.mark.slow),
    "retentioneering_ecom",
]


def documented(script: str) -> str:
    """A mapping exactly as the guide prints it."""
    guide = (project_root() / "docs" / "bring-your-own-data.md").read_text()
    (code,) = re.findall(rf"```python\n(# {script}\n.*?)```", guide, re.DOTALL)
    return code


def reference(name: str, file: str) -> list[dict]:
    with (FOLDER / name / "reference" / file).open() as lines:
        return list(csv.DictReader(lines))


def number(text: str) -> float | None:
    return float(text) if text else None


def day(text: str) -> date:
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01")


@pytest.fixture(scope="session")
def outside(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Warehouse]:
    """The warehouse of a data set, mapped with the guide's code, loaded and built once."""
    built: dict[str, Warehouse] = {}

    def get(name: str) -> Warehouse:
        if name not in built:
            folder = tmp_path_factory.mktemp(f"source_{name}")
            for path in (FOLDER / name).iterdir():
                (folder / path.name).symlink_to(path)
            subprocess.run(
                [sys.executable, "-c", documented(MAPPINGS[name])], cwd=folder, check=True
            )
            warehouse = new_warehouse(name)
            warehouse.command("load", folder / "mapped")
            warehouse.build()
            built[name] = warehouse
        return built[name]

    return get


@pytest.mark.parametrize("name", ACTIVITY)
def test_every_row_of_the_export_is_accepted(name: str, outside: Callable) -> None:
    for row in outside(name).table("audit.rows_by_load"):
        assert row["landed_rows"] == row["accepted_rows"] > 0


@pytest.mark.parametrize("name", ACTIVITY)
def test_active_users_daily_agree_in_every_cell(name: str, outside: Callable) -> None:
    found = {
        row["date"]: row
        for row in outside(name).table("fct_active_users_daily", where="segment_name = 'all'")
    }
    expected = reference(name, "active_users_daily.csv")
    assert sorted(found) == [day(row["date"]) for row in expected]
    for row in expected:
        mine = found[day(row["date"])]
        assert mine["dau"] == int(row["dau"])
        assert mine["wau"] == int(row["wau_7d"])
        assert mine["mau"] == int(row["mau_28d"])
        assert mine["is_full_window"] == (row["full_28d"] == "True")
        # what they call stickiness is our rate of a single day
        assert mine["dau_mau_rate"] == pytest.approx(number(row["stickiness_28d"]), abs=6e-7)


@pytest.mark.slow
@pytest.mark.parametrize("name", ACTIVITY)
def test_a_window_of_30_days_agrees_as_well(
    name: str, outside: Callable, new_warehouse: Callable, tmp_path: Path
) -> None:
    """Only the relevant models are built again, into a database that shares the raw data."""
    warehouse = outside(name)
    thirty = new_warehouse(f"{name}_30")
    for path in warehouse.lake.iterdir():
        if path.is_dir():
            (thirty.lake).mkdir(exist_ok=True)
            (thirty.lake / path.name).symlink_to(path)
    thirty.build("duckdb", {"mau_window_days": 30})
    found = {
        row["date"]: row
        for row in thirty.table("fct_active_users_daily", "duckdb", "segment_name = 'all'")
    }
    for row in reference(name, "active_users_daily.csv"):
        assert found[day(row["date"])]["mau"] == int(row["mau_30d"])
        assert found[day(row["date"])]["is_full_window"] == (row["full_30d"] == "True")


def test_pauses_divide_the_clicks_into_the_sessions_of_the_shop(outside: Callable) -> None:
    """Half an hour of silence gives the same 3,605 sessions as the shop's own ids."""
    warehouse = outside("retentioneering_ecom")
    assert len(warehouse.table("fct_sessions")) == 3605
    events = warehouse.table("intermediate.int_activity__events")
    assert len({(row["user_id"], row["source_session_id"]) for row in events}) == 3605


@pytest.mark.parametrize("grain", ["week", "month"])
@pytest.mark.parametrize("name", ACTIVITY)
def test_growth_accounting_agrees_in_every_cell(name: str, grain: str, outside: Callable) -> None:
    found = {
        row["period_start"]: row
        for row in outside(name).table(
            "fct_active_users_by_period", where=f"segment_name = 'all' and period_grain = '{grain}'"
        )
    }
    expected = reference(name, f"active_users_{grain}ly.csv")
    column = "week_start" if grain == "week" else "month"
    assert sorted(found) == [day(row[column]) for row in expected]
    for row in expected:
        mine = found[day(row[column])]
        assert mine["active_users"] == int(row["active_users"])
        assert mine["new_users"] == int(row["new"])
        assert mine["retained_users"] == int(row["retained"])
        assert mine["resurrected_users"] == int(row["resurrected"])
        assert mine["dormant_users"] == int(row["churned"])
    # for them a period is complete when it is inside the data at both ends, for us when it is over
    first_event = day(reference(name, "active_users_daily.csv")[0]["date"])
    for row in expected:
        start = day(row[column])
        assert (row["period_complete"] == "True") == (
            found[start]["is_complete"] and start >= first_event
        )


@pytest.mark.parametrize("grain", ["week", "month"])
@pytest.mark.parametrize("name", ACTIVITY)
def test_cohorts_by_first_activity_agree_in_every_cell(
    name: str, grain: str, outside: Callable
) -> None:
    found = cohorts(outside(name), "first_activity", grain, "bounded")
    expected = reference(name, f"cohort_retention_{grain}ly.csv")
    assert len(expected) == len(found)
    for row in expected:
        mine = found[day(row[f"cohort_{grain}"]), int(row[f"{grain}_number"])]
        assert mine["cohort_users"] == int(row["cohort_size"])
        assert mine["is_complete"] == (row[f"{grain}_complete"] == "True")
        if mine["is_complete"]:
            assert mine["retained_users"] == int(row["active_users"])
            assert mine["retention_rate"] == pytest.approx(float(row["retention"]), abs=6e-7)


@pytest.mark.slow
def test_cohorts_by_signup_keep_those_who_never_came(outside: Callable) -> None:
    found = cohorts(outside("relax_logins"), "signup", "month", "bounded")
    for row in reference("relax_logins", "cohort_retention_monthly_by_signup.csv"):
        mine = found[day(row["signup_month"]), int(row["month_number"])]
        assert mine["cohort_users"] == int(row["registered_users"])
        if mine["is_complete"]:
            assert mine["retained_users"] == int(row["active_users"])


@pytest.mark.parametrize("name", ACTIVITY)
def test_retention_on_day_n_agrees(name: str, outside: Callable) -> None:
    for column, kind in [
        ("returned_on_day_n", "bounded"),
        ("returned_on_or_after_day_n", "unbounded"),
    ]:
        found = cohorts(outside(name), "first_activity", "day", kind)
        for row in reference(name, "nday_retention.csv"):
            cells = [cell for (_, n), cell in found.items() if n == int(row["day_n"])]
            assert sum(cell["eligible_users"] for cell in cells) == int(row["eligible_users"])
            assert sum(cell["retained_users"] or 0 for cell in cells) == int(row[column])


def cohorts(warehouse: Warehouse, basis: str, grain: str, kind: str) -> dict:
    """Cells of all users by cohort and period."""
    return {
        (row["cohort_start"], row["period_number"]): row
        for row in warehouse.table(
            "fct_retention_cohorts",
            where=f"segment_name = 'all' and cohort_basis = '{basis}'"
            f" and period_grain = '{grain}' and retention_type = '{kind}'",
        )
    }


def test_mrr_movements_agree_month_by_month(outside: Callable) -> None:
    """Their snapshot is the first of the month, and all periods of this set begin and end on one.

    So a change between two snapshots happens on the later of them: it is our movement of that
    date, which is that of its whole month. Amounts here are ARR, 12 × theirs.
    """
    found = {
        row["period_start"]: row
        for row in outside("mrr_playbook").table(
            "fct_arr_by_period", where="segment_name = 'all' and period_grain = 'month'"
        )
    }
    expected = [
        row
        for row in reference("mrr_playbook", "mrr_movements_first_of_month.csv")
        if day(row["month"]) in found
    ]
    assert len(expected) == len(found) == 30
    ours_by_theirs = {
        "opening_arr_amount": "opening_mrr",
        "new_arr_amount": "new_mrr",
        "reactivation_arr_amount": "reactivation_mrr",
        "expansion_arr_amount": "expansion_mrr",
        "contraction_arr_amount": "contraction_mrr",
        "churn_arr_amount": "churned_mrr",
        "closing_arr_amount": "closing_mrr",
    }
    for row in expected:
        mine = found[day(row["month"])]
        for ours, theirs in ours_by_theirs.items():
            # theirs are negative where something is lost; ours show it in the name
            assert mine[ours] == 12 * abs(float(row[theirs])), (row["month"], ours)
        assert mine["customers"] == int(row["closing_customers"])
        for ours, theirs in [
            ("nrr_rate", "net_revenue_retention"),
            ("grr_rate", "gross_revenue_retention"),
            ("logo_churn_rate", "logo_churn_rate"),
        ]:
            assert mine[ours] == pytest.approx(number(row[theirs]), abs=6e-7), (row["month"], ours)


def test_mrr_movements_agree_customer_by_customer(outside: Callable) -> None:
    """The published model's own output: one row per customer and month, with its category."""
    kinds = {
        "new": "new",
        "churn": "churn",
        "reactivation": "reactivation",
        "upgrade": "expansion",
        "downgrade": "contraction",
    }
    expected = {
        (day(row["date_month"]), f"customer-{row['customer_id']}"): (
            kinds[row["change_category"]],
            round(100 * float(row["mrr_change"])),
        )
        for row in reference("mrr_playbook", "mrr_model_output_full_spine_2017.csv")
        if row["change_category"]
    }
    found = {
        (row["date"], row["account_id"]): (row["movement_type"], row["amount_cents"])
        for row in outside("mrr_playbook").table("fct_mrr_movements")
    }
    assert len(expected) == 173
    assert found == expected


@pytest.mark.parametrize("name", ACTIVITY)
def test_the_range_ends_on_the_last_date_of_the_data(name: str, outside: Callable) -> None:
    (as_of,) = {row["as_of_date"] for row in outside(name).table("fct_active_users_daily")}
    assert as_of == day(reference(name, "active_users_daily.csv")[-1]["date"])


SHORT = ["product_view", "add_to_cart", "purchase"]
LONG = ["catalog", "product_view", "add_to_cart", "payment_details", "purchase"]
WEEK_SECONDS = 7 * 86400
YEAR_SECONDS = 365 * 86400  # longer than the data
READINGS: dict[str, dict[str, Any]] = {
    "any_start_nonstrict": {"window_seconds": WEEK_SECONDS},
    "any_start_strict": {"window_seconds": WEEK_SECONDS, "tie_rule": "strictly_later"},
    "first_touch_nonstrict": {"window_seconds": WEEK_SECONDS, "entry_policy": "first_touch"},
    "first_touch_strict": {
        "window_seconds": WEEK_SECONDS,
        "entry_policy": "first_touch",
        "tie_rule": "strictly_later",
    },
    "no_window_ordered": {"window_seconds": YEAR_SECONDS, "entry_policy": "first_touch"},
}
# Their unordered step k means the first k steps, ours any k steps: so each k is a funnel.
EVER = {"window_seconds": YEAR_SECONDS, "order_rule": "any_order"}
FUNNELS = {
    f"{length}_{name}": given | {"steps": steps}
    for length, steps in (("funnel", SHORT), ("funnel5", LONG))
    for name, given in READINGS.items()
} | {
    f"{length}_unordered_ever_{count}": EVER | {"steps": steps[:count]}
    for length, steps in (("funnel", SHORT), ("funnel5", LONG))
    for count in range(1, len(steps) + 1)
}


@pytest.fixture(scope="module")
def clicks(outside: Callable, new_warehouse: Callable) -> Callable[[str | None], Warehouse]:
    """The funnels over the clicks, as of a date or as of their last one."""
    built: dict[str | None, Warehouse] = {}

    def get(as_of: str | None = None) -> Warehouse:
        if as_of not in built:
            made = new_warehouse(f"clicks_{len(built)}")
            made.lake.mkdir()
            for path in outside("retentioneering_ecom").lake.iterdir():
                if path.is_dir():
                    (made.lake / path.name).symlink_to(path)
            build_funnels(
                made, reference_with(FUNNELS), variables={"as_of_date": as_of} if as_of else {}
            )
            built[as_of] = made
        return built[as_of]

    return get


@pytest.mark.parametrize("length", ["funnel", "funnel5"])
def test_funnels_agree_in_every_reading(length: str, clicks: Callable) -> None:
    """All except the one that its source calls an undercount; two years later all are closed."""
    found = {
        (row["funnel_id"], row["step_number"]): row
        for row in clicks("2026-06-30").table("fct_funnel_steps", "duckdb", "segment_name = 'all'")
    }
    expected = [
        row
        for row in reference("retentioneering_ecom", f"{length}_7d.csv")
        if not row["variant"].startswith("clickhouse")
    ]
    steps = len(SHORT if length == "funnel" else LONG)
    assert len(expected) == 6 * steps
    for row in expected:
        place = int(row["step"])
        if row["variant"] == "unordered_ever":
            assert found[f"{length}_unordered_ever_{place}", place]["users"] == int(row["users"])
            continue
        mine = found[f"{length}_{row['variant']}", place]
        assert mine["users"] == mine["closed_users"] == int(row["users"])
        overall, step = mine["overall_conversion_rate"], mine["step_conversion_rate"]
        assert overall == pytest.approx(number(row["conversion_from_start"]), abs=6e-7)
        assert step == pytest.approx(number(row["conversion_from_previous"]), abs=6e-7)


@pytest.mark.parametrize("length", ["funnel", "funnel5"])
def test_funnels_agree_by_week_of_entry(length: str, clicks: Callable) -> None:
    found = {
        (row["entry_week"], row["step_number"]): row
        for row in clicks().table(
            "fct_funnel_steps_weekly",
            "duckdb",
            f"segment_name = 'all' and funnel_id = '{length}_first_touch_nonstrict'",
        )
    }
    expected = reference("retentioneering_ecom", f"{length}_7d_by_entry_week.csv")
    for row in expected:
        counts = {
            place: int(row[f"step{place}_users"])
            for place in range(1, len(SHORT if length == "funnel" else LONG) + 1)
        }
        week = day(row["entry_week"])
        assert {place: found[week, place]["users"] for place in counts} == counts
        first = found[week, 1]
        # for them a window closes at the last event, for us at the end of its day
        if row["window_complete"] == "True":
            assert first["closed_users"] == first["users"]
    last_week, _ = max(found)
    assert found[last_week, 1]["closed_users"] == 0
    in_reference = {day(row["entry_week"]) for row in expected}
    assert not any(row["users"] for (week, _), row in found.items() if week not in in_reference)
