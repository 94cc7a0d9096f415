"""What must hold of any retention: whole weeks later it is the same, whole weeks later."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from oracle import Raw
from oracle.worlds import write_world
from warehouse import Warehouse

from productpulse.raw_schema import raw_tables

AS_OF = date(2024, 12, 15)
SHIFT = timedelta(weeks=3)
VALUE = "report_created"


def world(shift: timedelta) -> Raw:
    """People who sign up over two months and come back the less the longer they are there."""
    raw: Raw = {name: [] for name in raw_tables()}
    start = datetime(2024, 9, 30, tzinfo=UTC) + shift
    for number in range(60):
        user_id = f"u{number}"
        created = start + timedelta(hours=25 * number)
        country = ["DE", "US", None][number % 3]
        raw["users"].append({"user_id": user_id, "created_at": created, "country": country})
        for visit in range(number % 8):
            # spread over the hours, exactly at the end of some 24 h
            moment = created + timedelta(hours=(number % 5) * visit * visit * 6)
            name = VALUE if visit == 2 else "app_opened"
            key = {"event_id": f"{user_id}_{visit}", "user_id": user_id}
            raw["events"].append(key | {"event_name": name, "occurred_at": moment})
    return raw


@pytest.fixture(scope="module")
def build(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[timedelta], Warehouse]:
    def made(shift: timedelta) -> Warehouse:
        name = f"shifted_{shift.days}"
        folder = tmp_path_factory.mktemp(name)
        write_world(world(shift), folder)
        warehouse = new_warehouse(name)
        warehouse.command("load", folder)
        warehouse.dbt(
            *("build", "duckdb", "--select", "+fct_retention_cohorts", "+fct_survival"),
            *("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"),
            *("--vars", f"{{as_of_date: {AS_OF + shift}}}"),
        )
        return warehouse

    return made


def cells(warehouse: Warehouse, shift: timedelta) -> list[dict[str, Any]]:
    """Cells of days and weeks (months are not moved by weeks), in the time of the first world."""
    rows = warehouse.table("fct_retention_cohorts", "duckdb", "period_grain <> 'month'")
    for row in rows:
        row["cohort_start"] -= shift
        row["as_of_date"] -= shift
    return sorted(rows, key=repr)


def test_whole_weeks_later_retention_is_the_same(
    build: Callable[[timedelta], Warehouse],
) -> None:
    now, later = build(timedelta()), build(SHIFT)
    found = cells(now, timedelta())
    assert {row["cohort_basis"] for row in found} == {
        *("first_activity", "signup", "first_value_moment"),
    }
    assert {row["retention_type"] for row in found} == {
        *("bounded", "unbounded", "rolling_24h", "bracket"),
    }
    assert sum((row["retained_users"] or 0) > 0 for row in found) > 100
    assert cells(later, SHIFT) == found

    survival = [
        [row | {"as_of_date": None} for row in warehouse.table("fct_survival", "duckdb")]
        for warehouse in (now, later)
    ]
    assert sorted(survival[0], key=repr) == sorted(survival[1], key=repr)
