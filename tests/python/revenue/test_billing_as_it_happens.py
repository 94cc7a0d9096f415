"""Billing as in real companies: every account is invoiced in another way, the leaks are known."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from oracle import Raw
from oracle.clock import add_months
from oracle.worlds import write_world
from warehouse import ENGINES, Warehouse, copy_project

from productpulse.raw_schema import raw_tables

AS_OF = date(2024, 6, 30)
FIRST = date(2024, 1, 1)
MONTHS = [add_months(FIRST, number) for number in range(6)]
NOTHING: Mapping[date, int | None] = {}
BUNDLE = "bundle,Bundle,2,5,15000,150000,USD,sales,Five seats in the price.\n"

Finding = tuple[str, str | date | None, int | None, bool]
"""Rule, invoice or first day of the period, missing amount, and whether it is lost."""


def at(day: date | str, time: str = "00:00") -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)


@dataclass
class Books:
    """The raw tables while accounts write into them."""

    raw: Raw

    def account(self, name: str, users: int = 1) -> None:
        self.raw["accounts"].append({"account_id": name, "name": name, "created_at": at(FIRST)})
        for number in range(users):
            user = {"user_id": f"{name}_{number}", "account_id": name, "created_at": at(FIRST)}
            self.raw["users"].append(user)
            self.raw["events"].append(
                {
                    "event_id": f"{name}_{number}",
                    "user_id": user["user_id"],
                    "event_name": "opened",
                    "occurred_at": at("2024-06-20"),
                }
            )

    def subscription(self, name: str, account: str, price: int, **values: Any) -> None:
        """A monthly subscription, active from the first day on."""
        states = {"created_at": at(FIRST)} | {
            key: values.pop(key) for key in ("ended_at",) if key in values
        }
        self.raw["subscriptions"].append({"subscription_id": name, "account_id": account} | states)
        self.change(name, FIRST, price, **values)

    def change(self, subscription: str, day: date | str, price: int, **values: Any) -> None:
        changes = self.raw["subscription_changes"]
        state = {
            "change_id": f"{subscription}-{len(changes)}",
            "subscription_id": subscription,
            "changed_at": at(day),
            "status": "active",
            "plan_id": "team",
            "billing_interval": "month",
            "quantity": 1,
            "unit_amount": price,
            "currency": "USD",
        }
        changes.append(state | values)

    def invoice(
        self,
        key: str,
        start: date | str,
        end: date | str,
        amount: int,
        issued: datetime | None = None,
        **whose: str | None,
    ) -> None:
        """An invoice that is paid when it is sent, by default when its period begins."""
        issued = issued or at(start)
        self.raw["invoices"].append(
            {
                "invoice_id": key,
                "issued_at": issued,
                "due_at": issued,
                "period_start": at(start),
                "period_end": at(end),
                "amount_due": amount,
                "currency": "USD",
                "status": "paid",
            }
            | whose
        )

    def line(self, invoice: str, amount: int, kind: str = "period", **values: Any) -> None:
        lines = self.raw["invoice_lines"]
        row = {"line_id": f"{invoice}-{len(lines)}", "invoice_id": invoice, "kind": kind}
        moment = next(b["issued_at"] for b in self.raw["invoices"] if b["invoice_id"] == invoice)
        lines.append(row | {"issued_at": moment, "amount": amount, "currency": "USD"} | values)

    def monthly(
        self, subscription: str, amount: int, but: Mapping[date, int | None] = NOTHING
    ) -> None:
        """An invoice at the start of each month; `but`: other amounts, or None for no invoice."""
        for start in MONTHS:
            due = but.get(start, amount)
            if due is not None:
                key = f"{subscription}/{start}"
                self.invoice(key, start, add_months(start, 1), due, subscription_id=subscription)


def by_habit(books: Books) -> Iterator[Finding]:
    """In advance: one month without an invoice, one that is too low."""
    books.account("plain")
    books.subscription("plain", "plain", 10_000)
    books.monthly("plain", 10_000, but={MONTHS[2]: None, MONTHS[4]: 7_000})
    yield "period_not_invoiced", MONTHS[2], 10_000, True
    yield "billed_less", f"plain/{MONTHS[4]}", 3_000, True


def price_of_the_period(books: Books) -> Iterator[Finding]:
    """March's invoice is written after the price has risen, but has the price of March."""
    books.account("rises")
    books.subscription("rises", "rises", 10_000)
    books.change("rises", "2024-04-01", 20_000)
    books.monthly("rises", 10_000, but=dict.fromkeys(MONTHS[2:]))
    for start, price in zip(MONTHS[2:], (10_000, 20_000, 20_000, 20_000), strict=True):
        issued = max(at(start), at("2024-04-01", "00:10"))
        end = add_months(start, 1)
        books.invoice(f"rises/{start}", start, end, price, issued, subscription_id="rises")
    yield from ()


def in_arrears(books: Books) -> Iterator[Finding]:
    """Each month is billed on the first of the next, so June in July. One was forgotten."""
    for name, forgotten in (("behind", None), ("behind_gap", MONTHS[3])):
        books.account(name)
        books.subscription(name, name, 10_000)
        for start in MONTHS[:-1]:
            end = add_months(start, 1)
            if start != forgotten:
                key = f"{name}/{start}"
                books.invoice(key, start, end, 10_000, at(end), subscription_id=name)
    yield "period_not_invoiced", MONTHS[3], 10_000, True


def one_invoice_for_all(books: Books) -> Iterator[Finding]:
    """Two subscriptions and one invoice a month over both; one invoice lacks 2,000."""
    books.account("together")
    books.subscription("together_a", "together", 5_000)
    books.subscription("together_b", "together", 7_000)
    for start in MONTHS:
        amount = 10_000 if start == MONTHS[3] else 12_000
        end = add_months(start, 1)
        books.invoice(f"together/{start}", start, end, amount, account_id="together")
    yield "billed_less", f"together/{MONTHS[3]}", 2_000, True


def credit_within_an_invoice(books: Books) -> Iterator[Finding]:
    """April is paid in advance at 10,000, from the 16th on it costs 4,000: May pays 3,000 less.
    Then nothing fell, and June's invoice that lacks as much leaks."""
    books.account("falls")
    books.subscription("falls", "falls", 10_000)
    books.change("falls", "2024-04-16", 4_000)
    books.monthly("falls", 10_000, but={MONTHS[4]: 1_000, MONTHS[5]: 1_000})
    yield "billed_less", f"falls/{MONTHS[5]}", 3_000, True


def credit_beyond_an_invoice(books: Books) -> Iterator[Finding]:
    """The part of a credit that is left after an invoice of 0 goes to the next invoice."""
    books.account("falls_far")
    books.subscription("falls_far", "falls_far", 100_000)
    books.change("falls_far", "2024-04-16", 30_000)
    books.monthly("falls_far", 100_000, but={MONTHS[4]: 0, MONTHS[5]: 25_000})
    yield from ()


def lines_of_an_invoice(books: Books) -> Iterator[Finding]:
    """Lines separate price, tax, balance and proration, and name a subscription; one is too low."""
    books.account("lines")
    books.subscription("lines_a", "lines", 5_000)
    books.subscription("lines_b", "lines", 7_000, discount_amount=1_000)
    for start in MONTHS:
        end = add_months(start, 1)
        key = f"lines/{start}"
        books.invoice(key, start, end, 4_000, account_id="lines")
        period = {"period_start": at(start), "period_end": at(end)}
        low = 2_500 if start == MONTHS[1] else 0
        books.line(key, 5_000 - low, subscription_id="lines_a", **period)
        books.line(key, 7_000, subscription_id="lines_b", **period)
        books.line(key, -1_000, "discount", subscription_id="lines_b")
        books.line(key, 2_090, "tax")
        books.line(key, -9_090, "credit")
    yield "billed_less", f"lines/{MONTHS[1]}", 2_500, True


def coupon_of_an_amount(books: Books) -> Iterator[Finding]:
    """A year for 30,000.00 less 1,000.01."""
    books.account("coupon")
    books.subscription(
        "coupon", "coupon", 3_000_000, billing_interval="year", discount_amount=100_001
    )
    books.invoice("coupon", FIRST, "2025-01-01", 2_899_999, subscription_id="coupon")
    yield from ()


def never_at_its_price(books: Books) -> Iterator[Finding]:
    """Every invoice lacks something: so the price is not what we think."""
    books.account("net")
    books.subscription("net", "net", 11_900)
    books.monthly("net", 10_000)
    for start in MONTHS:
        yield "billed_less", f"net/{start}", None, False


def trial_for_nothing(books: Books) -> Iterator[Finding]:
    """An invoice of 0 for a month of trial."""
    books.account("tries")
    books.subscription("tries", "tries", 10_000, status="trialing")
    books.change("tries", MONTHS[1], 10_000)
    books.monthly("tries", 10_000, but={MONTHS[0]: 0})
    yield from ()


def other_intervals(books: Books) -> Iterator[Finding]:
    """Half a year, two weeks, and a price that the source has computed; one invoice is missing."""
    books.account("halves")
    books.subscription("halves", "halves", 600_000, interval_count=6)
    books.invoice("halves/1", FIRST, "2024-07-01", 600_000, subscription_id="halves")
    books.account("fortnights")
    books.subscription("fortnights", "fortnights", 2_600, billing_interval="week", interval_count=2)
    starts = [FIRST + timedelta(days=14 * number) for number in range(13)]
    for start in starts:
        if start != starts[5]:
            key = f"fortnights/{start}"
            end = start + timedelta(days=14)
            books.invoice(key, start, end, 2_600, subscription_id="fortnights")
    books.account("tiers")
    books.subscription("tiers", "tiers", 500, quantity=11, amount=6_400)
    books.monthly("tiers", 6_400)
    yield "period_not_invoiced", starts[5], 2_600, True


def seats_that_are_included(books: Books) -> Iterator[Finding]:
    """Five seats in the price: four users are no leak, seven are two too many."""
    for name, users in (("few", 4), ("many", 7)):
        books.account(name, users=users)
        books.subscription(name, name, 15_000, plan_id="bundle")
        books.monthly(name, 15_000)
    yield "seats_over_paid", None, 6_000, True


def ends_that_are_said(books: Books) -> Iterator[Finding]:
    """Canceled, undone, and ended without a change; and two changes at one moment, in order."""
    books.account("back")
    books.subscription("back", "back", 10_000, ended_at=at("2024-05-05"))
    books.change("back", "2024-02-10", 10_000, status="canceled")
    books.change("back", "2024-03-01", 10_000)
    books.account("tie")
    books.subscription("tie", "tie", 10_000)
    books.change("tie", "2024-03-01", 20_000, change_id="row-9")
    books.change("tie", "2024-03-01", 20_000, change_id="row-10", status="canceled")
    for name, until in (("back", 5), ("tie", 2)):
        books.monthly(name, 10_000, but=dict.fromkeys(MONTHS[until:]))
    yield "use_after_end", None, 10_000, True
    yield "use_after_end", None, 20_000, True


SITUATIONS: dict[str, Callable[[Books], Iterator[Finding]]] = {
    situation.__name__: situation
    for situation in (
        *(by_habit, price_of_the_period, in_arrears, one_invoice_for_all, credit_within_an_invoice),
        *(credit_beyond_an_invoice, lines_of_an_invoice, coupon_of_an_amount, never_at_its_price),
        *(trial_for_nothing, other_intervals, seats_that_are_included, ends_that_are_said),
    )
}


@dataclass(frozen=True)
class Told:
    """A built warehouse and what each situation says should be found."""

    warehouse: Warehouse
    expected: dict[str, set[tuple]]


@pytest.fixture(scope="module")
def told(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Told:
    raw: Raw = {name: [] for name in raw_tables()}
    expected = {}
    for name, situation in SITUATIONS.items():
        before = {row["account_id"] for row in raw["accounts"]}
        findings = list(situation(Books(raw)))
        mine = {row["account_id"] for row in raw["accounts"]} - before
        expected[name] = {(frozenset(mine), *finding) for finding in findings}
    # Most customers who left stop using the product.
    books = Books(raw)
    for number in range(4):
        gone = f"gone_{number}"
        books.account(gone, users=0)
        books.subscription(gone, gone, 10_000)
        books.change(gone, MONTHS[1], 10_000, status="canceled")
        books.invoice(gone, FIRST, MONTHS[1], 10_000, subscription_id=gone)
    warehouse = new_warehouse("billing_as_it_happens")
    folder: Path = tmp_path_factory.mktemp("billing")
    write_world(raw, folder)
    warehouse.command("load", folder)
    for engine in ENGINES:
        project = warehouse.dbt_folder(engine) / "own"
        project.mkdir(parents=True)
        copy_project(project)
        plans = project / "seeds" / "plans.csv"
        plans.write_text(plans.read_text() + BUNDLE)
        warehouse.dbt(
            *("build", engine, "--select", "config.materialized:seed"),
            *("+fct_revenue_leakage", "+fct_mrr_daily", "+int_customers__billing"),
            *("--exclude-resource-type", "test", "unit_test"),
            *("--vars", json.dumps({"as_of_date": str(AS_OF)})),
            project=project,
        )
    return Told(warehouse, expected)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SITUATIONS)
def test_what_leaks_is_found_and_nothing_else(told: Told, name: str, engine: str) -> None:
    raw: Raw = {table: [] for table in raw_tables()}
    list(SITUATIONS[name](Books(raw)))
    mine = frozenset(row["account_id"] for row in raw["accounts"])
    found = {
        (
            mine,
            row["rule_id"],
            row["invoice_id"]
            or (row["detected_for_date"] if row["rule_id"] == "period_not_invoiced" else None),
            row["amount_cents"],
            row["is_lost"],
        )
        for row in told.warehouse.table("fct_revenue_leakage", engine)
        if row["account_id"] in mine
    }
    assert found == told.expected[name]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("subscription", "day", "mrr"),
    [
        ("coupon", AS_OF, "2416.67"),
        ("halves", AS_OF, "1000.00"),
        ("fortnights", AS_OF, "56.33"),
        ("tiers", AS_OF, "64.00"),
        ("back", date(2024, 2, 20), "0.00"),
        ("back", date(2024, 5, 4), "100.00"),
        ("back", date(2024, 5, 5), "0.00"),
        ("tie", date(2024, 3, 1), "0.00"),
    ],
)
def test_a_subscription_is_worth_what_its_terms_say(
    told: Told, subscription: str, day: date, mrr: str, engine: str
) -> None:
    days = told.warehouse.table(
        "intermediate.int_revenue__subscription_mrr", engine, f"subscription_id = '{subscription}'"
    )
    (cents,) = [
        row["mrr_minor_units"]
        for row in days
        if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])
    ]
    assert Decimal(cents) / 100 == Decimal(mrr)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_finding_is_as_sure_as_its_account(told: Told, engine: str) -> None:
    rows = told.warehouse.table("fct_revenue_leakage", engine)
    confidence = {row["finding_id"]: row["confidence"] for row in rows}
    # five other months, one of them without an invoice of its price
    assert confidence[f"billed_less/plain/{MONTHS[4]}"] == 1.0
    assert confidence[f"period_not_invoiced/plain/{MONTHS[2]}"] == 1.0
    doubts = {row["account_id"]: row["doubt"] for row in rows if not row["is_lost"]}
    assert doubts == {"net": "no invoice of the subscription was at its price"}
