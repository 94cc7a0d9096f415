"""What holds for any subscriptions: a company beside copies of it with a known answer."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from oracle import Raw
from oracle.worlds import write_world
from warehouse import Warehouse

from productpulse.raw_schema import raw_tables

from .project import build_revenue

TIMES = 7
BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


def company() -> list[Row]:
    """Changes of subscriptions with amounts that can be divided without rounding."""
    draw = random.Random(6)
    rows = []
    for account in range(40):
        for subscription in range(draw.choice([1, 1, 2])):
            interval = draw.choice(["month", "quarter", "year", "week"])
            day = draw.randrange(300)
            for number in range(draw.randrange(1, 7)):
                statuses = ["active"] * 5 + ["trialing", "past_due", "paused", "unpaid", "canceled"]
                rows.append(
                    {
                        "account_id": f"a{account}",
                        "subscription_id": f"s{account}_{subscription}",
                        "change_id": f"c{account}_{subscription}_{number}",
                        "changed_at": BEGIN + timedelta(days=day, hours=draw.randrange(24)),
                        "status": draw.choice(statuses) if number else "active",
                        "plan_id": draw.choice(["starter", "team"]),
                        "billing_interval": interval,
                        "quantity": 2 * draw.randrange(1, 9),
                        "unit_amount": 1200 * draw.randrange(1, 9),
                        "discount_percent": Decimal(draw.choice([0, 0, 25, 50])),
                        "discount_ends_at": BEGIN + timedelta(days=draw.randrange(400, 700)),
                        "currency": "USD",
                    }
                )
                day += draw.choice([2, 20, 90])
    return rows


def at_higher_prices(rows: list[Row]) -> list[Row]:
    return [row | {"unit_amount": TIMES * row["unit_amount"]} for row in rows]


def in_two_halves(rows: list[Row]) -> list[Row]:
    """Every subscription as two with half the seats; the second begins a day later."""
    halves = []
    for row in rows:
        for half in (1, 2):
            late = half == 2 and row["change_id"].endswith("_0")
            halves.append(
                row
                | {
                    "subscription_id": f"{row['subscription_id']}_{half}",
                    "change_id": f"{row['change_id']}_{half}",
                    "changed_at": row["changed_at"] + timedelta(days=int(late)),
                    "quantity": row["quantity"] // 2,
                }
            )
    return halves


def in_another_order(rows: list[Row]) -> list[Row]:
    return random.Random(7).sample(rows, len(rows))


COPIES: dict[str, Callable[[list[Row]], list[Row]]] = {
    "plain": list,
    "prices": at_higher_prices,
    "halves": in_two_halves,
    "order": in_another_order,
}


@pytest.fixture(scope="module")
def built(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """All copies side by side; the country of an account is its copy."""
    raw: Raw = {name: [] for name in raw_tables()}
    for copy, changed in COPIES.items():
        for row in changed(company()):
            keys = ("account_id", "subscription_id", "change_id")
            named = row | {key: f"{copy}.{row[key]}" for key in keys}
            account_id, since = named.pop("account_id"), {"created_at": BEGIN}
            raw["subscription_changes"].append(named)
            subscription = {"subscription_id": named["subscription_id"], "account_id": account_id}
            if subscription | since not in raw["subscriptions"]:
                raw["subscriptions"].append(subscription | since)
            account = {"account_id": account_id, "country": copy} | since
            if account not in raw["accounts"]:
                raw["accounts"].append(account)
    folder = tmp_path_factory.mktemp("properties")
    write_world(raw, folder)
    warehouse = new_warehouse("revenue_properties")
    warehouse.command("load", folder, "--target", "duckdb")
    build_revenue(warehouse, {"as_of_date": "2024-12-31"}, "fct_mrr_movements", "fct_arr_by_period")
    return warehouse


def movements(built: Warehouse, copy: str) -> dict[tuple, int]:
    found = {}
    for row in built.table("fct_mrr_movements", "duckdb", f"account_id like '{copy}.%'"):
        account = row["account_id"].split(".")[1]
        key = (account, row["date"], row["movement_type"], row["reason"], row["plan_id"])
        found[key] = row["amount_cents"]
    assert {kind for _, _, kind, _, _ in found} >= {"new", "reactivation", "expansion", "churn"}
    return found


def periods(built: Warehouse, copy: str) -> dict[tuple, Row]:
    where = f"segment_name = 'country' and segment_value = '{copy}'"
    return {
        (row["period_grain"], row["period_start"]): {
            name: value for name, value in row.items() if name != "segment_value"
        }
        for row in built.table("fct_arr_by_period", "duckdb", where)
    }


def test_prices_times_k_make_amounts_times_k(built: Warehouse) -> None:
    plain = movements(built, "plain")
    assert movements(built, "prices") == {key: TIMES * cents for key, cents in plain.items()}
    expected = periods(built, "plain")
    for place, row in periods(built, "prices").items():
        for name, value in row.items():
            if name in ("arpa_amount", "ltv_amount") and value is not None:
                # means are rounded to a cent
                assert abs(value - TIMES * expected[place][name]) <= TIMES * Decimal("0.005")
            elif name.endswith("_amount") and value is not None:
                assert value == TIMES * expected[place][name]
            else:
                assert value == expected[place][name]


def test_the_order_of_rows_changes_nothing(built: Warehouse) -> None:
    assert movements(built, "order") == movements(built, "plain")
    assert periods(built, "order") == periods(built, "plain")


def test_a_subscription_in_two_halves_changes_expansion_and_not_the_total(built: Warehouse) -> None:
    plain, halves = ([*movements(built, copy).items()] for copy in ("plain", "halves"))
    begins = {row["changed_at"].date() for row in company() if row["change_id"].endswith("_0")}

    def closing(rows: list[tuple[tuple, int]]) -> dict[tuple, int]:
        total: dict[str, int] = defaultdict(int)
        closes = {}
        for (account, date, *_), cents in sorted(rows, key=lambda row: row[0][:2]):
            total[account] += cents
            closes[account, date] = total[account]
        return closes

    def sum_of(rows: list[tuple[tuple, int]], kind: str) -> int:
        return sum(cents for (_, _, each, _, _), cents in rows if each == kind)

    late = {date + timedelta(days=1) for date in begins}
    expected = {key: at for key, at in closing(plain).items() if key[1] not in begins | late}
    found = {key: at for key, at in closing(halves).items() if key[1] not in begins | late}
    assert expected and found == expected
    assert sum_of(halves, "expansion") > sum_of(plain, "expansion")
    assert sum(cents for _, cents in halves) == sum(cents for _, cents in plain)
