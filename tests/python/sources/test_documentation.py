"""docs/existing-tables.md as it stands: its SQL and its mappings, on tables of that shape."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from productpulse.paths import project_root
from sources.conftest import Dbt

HERE = Path(__file__).parent


def blocks(section: str, language: str) -> list[str]:
    """The blocks of code of a section of the page."""
    page = (project_root() / "docs" / "existing-tables.md").read_text(encoding="utf-8")
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def documented(section: str) -> dict[str, Any]:
    (text,) = blocks(section, "yaml")
    return yaml.safe_load(text)["sources"]


def test_segment_and_stripe_as_documented(new_dbt: Callable[[str], Dbt]) -> None:
    dbt = new_dbt("documented")
    for section in ("Segment", "Stripe"):
        dbt.sql((HERE / f"{section.lower()}.sql").read_text())
        (views,) = blocks(section, "sql")
        dbt.sql(views)
    segment, stripe = documented("Segment"), documented("Stripe")
    assert stripe["users"] and segment["accounts"]
    dbt.build(
        "+fct_active_users_daily", "+fct_mrr_movements", "+fct_arr_by_period", "+quarantined_rows",
        sources=stripe | {name: segment[name] for name in ("users", "user_aliases", "events")},
    )  # fmt: skip
    rows = dbt.warehouse.rows

    assert rows("select * from audit.quarantined_rows") == []
    # d3 always belonged to u3, d9 belongs to no user
    daily = "from marts.fct_active_users_daily where segment_name = 'all' and"
    assert rows(f"select date, dau {daily} dau > 0 order by date") == [
        (date(2024, 1, 10), 3),
        (date(2024, 1, 11), 1),
        (date(2024, 3, 31), 1),
    ]
    # 28 days from the 10th: all three; on 31 March u3 alone
    window = f"select mau {daily} date in ('2024-01-12', '2024-03-31') order by date"
    assert rows(window) == [(3,), (1,)]

    def day(text: str) -> date:
        return date.fromisoformat(text)

    movements = (
        "select date, account_id, movement_type, reason, plan_id, amount_cents"
        " from marts.fct_mrr_movements order by 1, 2"
    )
    assert rows(movements) == [
        (day("2024-01-01"), "cus_4", "new", None, "half", 1000),  # 60.00 for half a year
        (day("2024-01-05"), "cus_1", "new", None, "basic", 3000),  # three at 10.00
        (day("2024-01-10"), "cus_3", "new", None, "basic", 3500),  # two at 10.00, one at 15.00
        (day("2024-01-15"), "cus_2", "new", None, "pro", 1000),  # after the trial
        (day("2024-02-10"), "cus_3", "churn", "voluntary", "basic", -3500),
        (day("2024-03-02"), "cus_4", "churn", "involuntary", "half", -1000),  # 30 days past due
    ]
    months = (
        "select closing_arr_amount / 12, closing_arr_amount, customers from marts.fct_arr_by_period"
        " where segment_name = 'all' and period_grain = 'month' order by period_start"
    )
    assert rows(months) == [
        (Decimal(mrr), Decimal(12 * mrr), customers)
        for mrr, customers in ((85, 4), (50, 3), (40, 2))
    ]

    assert rows(
        "select payment_id, invoice_id, kind, status, amount, currency, failure_code"
        " from raw.payments order by 1"
    ) == [
        ("ch1", "in1", "charge", "succeeded", 3000, "USD", None),
        ("ch2", "in2", "charge", "failed", 6000, "USD", "card_declined"),
        ("re1", "in1", "refund", "succeeded", 500, "USD", None),
        ("re2", "in1", "refund", "failed", 100, "USD", None),
    ]
    assert rows(
        "select invoice_id, period_start::date, period_end::date, amount_due, status"
        " from raw.invoices order by 1"
    ) == [
        ("in1", day("2024-01-05"), day("2024-02-05"), 3000, "paid"),
        ("in2", None, None, 6000, "open"),
    ]
    assert rows("select user_id, account_id, created_at::date from raw.users order by 1") == [
        ("u1", "cus_1", day("2024-01-08")),
        ("u2", "cus_2", day("2024-01-09")),
        ("u3", None, day("2024-01-11")),
    ]
    assert rows(
        "select account_id, name, industry, created_at::date"
        " from segment_for_productpulse.accounts order by 1"
    ) == [
        ("cus_1", "New", "retail", day("2024-01-09")),
        ("cus_2", "Two", "media", day("2024-01-08")),
    ]
    assert rows(
        "select count(*), count(distinct account_id) from stripe_for_productpulse.users"
    ) == [(5, 5)]
