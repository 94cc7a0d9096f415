"""MRR by account and day, and cohorts of accounts by the month in which they first paid."""

from collections import defaultdict
from datetime import date
from fractions import Fraction

from .clock import ONE_DAY, periods
from .company import Company
from .inputs import Row
from .revenue import Ledger, account_ledgers
from .subscriptions import Closes, closes_by_payer, exchange_of

# The account has the first of these states that any of its subscriptions has.
STATUSES = ("active", "past_due", "trialing", "unpaid", "paused", "canceled")

MRR_DAILY_COLUMNS = ("date", "account_id", "status", "mrr_cents", "arr_amount")
REVENUE_COHORT_COLUMNS = (
    *("cohort_month", "month_number", "accounts", "mrr_amount", "nrr_rate", "grr_rate"),
    *("cumulative_revenue_amount", "is_complete"),
)


def mrr_daily(company: Company) -> list[Row]:
    """`fct_mrr_daily`: one dict per account and day of a change, or month end before it left."""
    exchange = exchange_of(company)
    rows = []
    for account_id, closes in closes_by_payer(company).items():
        ledger = account_ledgers(company)[account_id]
        before = None
        for day in sorted(ledger.closing):
            now = (_status(closes, day), ledger.at_close(day))
            is_month_end = (day + ONE_DAY).day == 1 and now[0] != "canceled"
            if now != before or is_month_end:
                rows.append(
                    {
                        "date": day,
                        "account_id": account_id,
                        "status": now[0],
                        "mrr_cents": now[1],
                        "arr_amount": exchange.amount(12 * now[1]),
                    }
                )
            before = now
    return rows


def _status(closes: Closes, day: date) -> str:
    statuses = [by_day[day].status for by_day in closes.values() if day in by_day]
    return min(statuses, key=STATUSES.index)


def revenue_cohorts(company: Company) -> list[Row]:
    """`fct_revenue_cohorts`: one dict per cohort and month since."""
    cohorts: dict[date, list[Ledger]] = defaultdict(list)
    for ledger in account_ledgers(company).values():
        paid = [day for day, amount in ledger.closing.items() if amount]
        if paid:
            cohorts[min(paid).replace(day=1)].append(ledger)
    exchange = exchange_of(company)
    rows = []
    for cohort, ledgers in cohorts.items():
        assert company.as_of
        total = 0
        months = periods(cohort, company.as_of, "month", company.params)
        for number, (_, last) in enumerate(months):
            now = [ledger.at_close(min(last, company.as_of)) for ledger in ledgers]
            if number == 0:
                start = now
            total += sum(now)
            kept = sum(min(pair) for pair in zip(start, now, strict=True))
            rows.append(
                {
                    "cohort_month": cohort,
                    "month_number": number,
                    "accounts": len(ledgers),
                    "mrr_amount": exchange.amount(sum(now)),
                    "nrr_rate": float(Fraction(sum(now), sum(start))) if sum(start) else None,
                    "grr_rate": float(Fraction(kept, sum(start))) if sum(start) else None,
                    "cumulative_revenue_amount": exchange.amount(total),
                    "is_complete": last <= company.as_of,
                }
            )
    return rows
