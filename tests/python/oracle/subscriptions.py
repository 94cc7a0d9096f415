"""The MRR of every subscription at the close of every day, and why it left."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache

from .clock import days, local_date
from .company import Company, payer
from .inputs import Row, in_turn
from .money import Exchange, monthly_price


@dataclass(frozen=True)
class Close:
    """A subscription at the close of a day.

    `native` in minor units of `currency`; `amount` in those of the reporting currency at the rate
    of `rate_day`, 0 when the subscription does not count. `is_lapsed` when that is because it was
    past due for too long.
    """

    status: str
    plan_id: str
    currency: str
    native: int
    amount: int
    counts: bool
    is_lapsed: bool
    rate_day: date


def in_order(change: Row) -> tuple:
    """Sorts changes in the order in which they happened."""
    return change["changed_at"], *in_turn(change["change_id"], change.get("sequence"))


Closes = dict[str, dict[date, Close]]


@cache
def exchange_of(company: Company) -> Exchange:
    """The company's exchange rates."""
    return Exchange(company.reference, company.params)


@cache
def closes_by_payer(company: Company) -> dict[str, Closes]:
    """Per payer and subscription: the close of every day from its first change to as-of."""
    changes: dict[str, list[Row]] = defaultdict(list)
    for change in company.tables["subscription_changes"]:
        changes[change["subscription_id"]].append(change)
    exchange = exchange_of(company)
    found: dict[str, Closes] = defaultdict(dict)
    for subscription_id, rows in changes.items():
        subscription = company.subscriptions[subscription_id]
        history = sorted(rows, key=in_order)
        if company.as_of and local_date(history[0]["changed_at"], company.params) <= company.as_of:
            found[payer(company, subscription)][subscription_id] = _walk(
                company, subscription, history, exchange
            )
    return dict(found)


def leaving_reason(before: Close, now: Close) -> str:
    """Why a subscription with MRR at one close has none at the next."""
    if now.counts:
        return "voluntary"
    if now.status == "paused":
        return "pause"
    if now.status == "unpaid" or now.is_lapsed:
        return "involuntary"
    if now.status == "canceled" and before.status in ("past_due", "unpaid"):
        return "involuntary"
    return "voluntary"


def _walk(
    company: Company, subscription: Row, history: list[Row], exchange: Exchange
) -> dict[date, Close]:
    params, as_of = company.params, company.as_of
    assert as_of
    last_of_day = {
        day: change
        for change in history
        if (day := local_date(change["changed_at"], params)) <= as_of
    }
    over = ends(company, subscription, last_of_day)
    closes: dict[date, Close] = {}
    change = history[0]
    past_due_days = 0
    for day in days(min(last_of_day), as_of):
        change = last_of_day.get(day, change)
        is_over = any(end <= day < until for end, until in over)
        status = "canceled" if is_over else change["status"]
        past_due_days = past_due_days + 1 if change["status"] == "past_due" else 0
        is_lapsed = status == "past_due" and (
            past_due_days > params.past_due_grace_days or status not in params.mrr_statuses
        )
        counts = status in params.mrr_statuses and not is_lapsed
        native = monthly_price(change, day, params) if counts else 0
        rate_day = {"month_rate": day, "at_signing": min(last_of_day), "constant": as_of}
        rated = rate_day[params.fx_policy]
        amount = exchange.convert(native, change["currency"], rated)
        closes[day] = Close(
            status, change["plan_id"], change["currency"], native, amount, counts, is_lapsed, rated
        )
    return closes


def ends(
    company: Company, subscription: Row, last_of_day: dict[date, Row]
) -> list[tuple[date, date]]:
    """Days that end the subscription without a change, each with the day that undoes it."""
    params = company.params
    cancellations = [day for day, c in last_of_day.items() if c["status"] == "canceled"]
    found = []
    if subscription.get("ended_at") is not None:
        ended = local_date(subscription["ended_at"], params)
        # A cancellation itself says when the subscription ended; one that was undone says nothing.
        again = [day for day in last_of_day if day > max(cancellations, default=date.min)]
        if not cancellations or (again and ended >= min(again)):
            found.append((ended, date.max))
    requested = subscription.get("cancel_requested_at")
    if params.cancel_policy == "at_request" and requested is not None:
        asked = local_date(requested, params)
        until = min((day for day in cancellations if day >= asked), default=date.max)
        found.append((asked, until))
    if params.refund_policy == "full_refund_ends":
        for day in full_refunds(company).get(subscription["subscription_id"], []):
            found.append((day, min((d for d in last_of_day if d > day), default=date.max)))
    return found


@cache
def full_refunds(company: Company) -> dict[str, list[date]]:
    """Per subscription: the days on which everything paid for an invoice had been refunded."""
    payments: dict[str, list[Row]] = defaultdict(list)
    for payment in company.tables["payments"]:
        day = local_date(payment["attempted_at"], company.params)
        if payment["status"] == "succeeded" and company.as_of and day <= company.as_of:
            payments[payment["invoice_id"]].append(payment)
    found: dict[str, list[date]] = defaultdict(list)
    for invoice in company.tables["invoices"]:
        issued = local_date(invoice["issued_at"], company.params)
        if invoice["status"] in ("draft", "void") or not company.as_of or issued > company.as_of:
            continue
        mine = [p for p in payments[invoice["invoice_id"]] if p["currency"] == invoice["currency"]]
        charges = [p for p in mine if p["kind"] == "charge"]
        first = min((p["attempted_at"] for p in charges), default=None)
        back = [
            p
            for p in mine
            if p["kind"] in ("refund", "chargeback")
            or (p["kind"] == "credit_note" and first and p["attempted_at"] >= first)
        ]
        paid, returned = (sum(p["amount"] for p in some) for some in (charges, back))
        if back and 0 < paid <= returned:
            last = max(local_date(p["attempted_at"], company.params) for p in back)
            found[invoice["subscription_id"]].append(last)
    return found
