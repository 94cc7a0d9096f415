"""MRR movements, and ARR by period."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from .clock import ONE_DAY, add_months, days, periods
from .company import Company, attribute
from .inputs import Row
from .money import Exchange, half_up
from .subscriptions import Close, Closes, closes_by_payer, exchange_of, leaving_reason

KINDS = ("new", "reactivation", "expansion", "contraction", "churn", "fx")
GRAINS = ("day", "week", "month", "quarter", "fiscal_year")
ACCOUNT_SEGMENTS = ("country", "industry", "company_size")

# A mean month has 365.25 ÷ 12 days.
MONTHS_PER_PERIOD = {
    "day": Fraction(12 * 4, 1461),
    "week": Fraction(7 * 12 * 4, 1461),
    "month": Fraction(1),
    "quarter": Fraction(3),
    "fiscal_year": Fraction(12),
}

MOVEMENT_COLUMNS = ("date", "account_id", "movement_type", "reason", "amount_cents", "plan_id")
MOVEMENT_SUBSCRIPTION_COLUMNS = (
    *("date", "subscription_id", "account_id", "movement_type", "reason", "previous_plan_id"),
    *("plan_id", "amount_cents", "fx_cents", "as_of_date"),
)
ARR_COLUMNS = (
    *("period_grain", "period_start", "segment_name", "segment_value", "opening_arr_amount"),
    *(f"{kind}_arr_amount" for kind in KINDS),
    *("closing_arr_amount", "gross_arr_amount", "cancelled_arr_amount", "net_new_arr_amount"),
    *(
        "customers",
        "opening_customers",
        "lost_customers",
        "closing_mrr_amount",
        "net_retained_arr_amount",
        "gross_retained_arr_amount",
    ),
    *("start_12m_customers", "start_12m_arr_amount"),
    *(f"{kind}_12m_arr_amount" for kind in KINDS if kind != "new"),
    *("net_retained_12m_arr_amount", "gross_retained_12m_arr_amount"),
    *("nrr_rate", "grr_rate", "nrr_12m_rate", "grr_12m_rate", "logo_churn_rate"),
    *("quick_ratio", "arpa_amount", "ltv_amount", "is_complete"),
)


@dataclass(frozen=True)
class Movement:
    """A signed change of MRR, in minor units of the reporting currency."""

    day: date
    kind: str
    amount: int
    reason: str | None = None
    plan_id: str | None = None


@dataclass
class Ledger:
    """What one unit (an account, or an account on one plan) paid, day by day."""

    closing: dict[date, int] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)

    def at_close(self, day: date) -> int:
        """MRR at the close of the day, 0 before the first."""
        return self.closing.get(day, 0)


def mrr_movements(company: Company) -> list[Row]:
    """`fct_mrr_movements`: one dict per account, date and movement."""
    return [
        {
            "date": movement.day,
            "account_id": account_id,
            "movement_type": movement.kind,
            "reason": movement.reason,
            "amount_cents": movement.amount,
            "plan_id": movement.plan_id,
        }
        for account_id, ledger in account_ledgers(company).items()
        for movement in ledger.movements
    ]


def mrr_movement_subscriptions(company: Company) -> list[Row]:
    """`fct_mrr_movement_subscriptions`: one dict per subscription and date on which its MRR
    changed."""
    exchange = exchange_of(company)
    rows = []
    for account_id, closes in closes_by_payer(company).items():
        kinds = {
            movement.day: movement.kind
            for movement in account_ledgers(company)[account_id].movements
            if movement.kind != "fx"
        }
        for subscription_id, by_day in closes.items():
            for day, now in by_day.items():
                before = by_day.get(day - ONE_DAY)
                had = before.amount if before else 0
                leaving = 0
                if before and before.native:
                    leaving = exchange.convert(before.native, before.currency, now.rate_day)
                if (had, leaving) == (now.amount, now.amount):
                    continue
                has_left = before and before.native and not now.native
                rows.append(
                    {
                        "date": day,
                        "subscription_id": subscription_id,
                        "account_id": account_id,
                        "movement_type": kinds.get(day),
                        "reason": leaving_reason(before, now) if before and has_left else None,
                        "previous_plan_id": before.plan_id if before else None,
                        "plan_id": now.plan_id,
                        "amount_cents": now.amount - leaving,
                        "fx_cents": leaving - had,
                        "as_of_date": company.as_of,
                    }
                )
    return rows


@cache
def account_ledgers(company: Company) -> dict[str, Ledger]:
    """Per payer: all subscriptions together."""
    return {
        account_id: _ledger(company, closes)
        for account_id, closes in closes_by_payer(company).items()
    }


@cache
def plan_ledgers(company: Company) -> dict[tuple[str, str], Ledger]:
    """Per payer and plan: what the payer pays on that plan."""
    ledgers = {}
    for account_id, closes in closes_by_payer(company).items():
        plans = {close.plan_id for by_day in closes.values() for close in by_day.values()}
        for plan_id in sorted(plans):
            ledgers[account_id, plan_id] = _ledger(company, closes, plan_id)
    return ledgers


def current_plans(company: Company) -> dict[str, str]:
    """Per payer with MRR at the close of as-of: the plan with the largest MRR."""
    return plans_at_close(company, company.as_of)


@cache
def plans_at_close(company: Company, day: date | None) -> dict[str, str]:
    """Per payer with MRR at the close of the day: the plan with the largest MRR."""
    plans = {}
    for account_id, closes in closes_by_payer(company).items():
        paid = [by_day[day] for by_day in closes.values() if day in by_day]
        plan = _largest_plan((close.plan_id, close.amount) for close in paid)
        if plan:
            plans[account_id] = plan
    return plans


def current_mrr(company: Company, account_id: str) -> int:
    """MRR of a payer at the close of as-of, in minor units of the reporting currency."""
    ledger = account_ledgers(company).get(account_id)
    return ledger.at_close(company.as_of) if ledger and company.as_of else 0


def arr_by_period(company: Company) -> list[Row]:
    """`fct_arr_by_period`: one dict per grain, period and segment value that ever had MRR."""
    segments = _segments(company)
    exchange = exchange_of(company)
    paid_days = [
        day
        for ledger in account_ledgers(company).values()
        for day, amount in ledger.closing.items()
        if amount
    ]
    if not paid_days or not company.as_of:
        return []
    moved_on: dict[tuple[str, str], dict[date, list[Movement]]] = {}
    for segment, ledgers in segments.items():
        moved_on[segment] = defaultdict(list)
        for movement in (m for ledger in ledgers for m in ledger.movements):
            moved_on[segment][movement.day].append(movement)
    rows = []
    for grain in GRAINS:
        for start, last in periods(min(paid_days), company.as_of, grain, company.params):
            for (name, value), ledgers in segments.items():
                row: Row = {
                    "period_grain": grain,
                    "period_start": start,
                    "segment_name": name,
                    "segment_value": value,
                }
                happened = [m for day in days(start, last) for m in moved_on[name, value][day]]
                numbers = _period(company, exchange, ledgers, happened, grain, start, last)
                rows.append(row | numbers | {"is_complete": last <= company.as_of})
    return rows


def twelve_months_opening(last: date) -> date:
    """The day whose close opens the twelve months that end with `last`."""
    return add_months(last + ONE_DAY, -12) - ONE_DAY


def _ledger(company: Company, closes: Closes, plan_id: str | None = None) -> Ledger:
    """The ledger of a payer; with a plan, of what the payer pays on that plan."""
    ledger = Ledger()
    exchange = exchange_of(company)
    paid_before = False
    previous: dict[str, Close] = {}
    first = min(day for by_day in closes.values() for day in by_day)
    assert company.as_of
    for day in days(first, company.as_of):
        at_close = {
            subscription: by_day[day] for subscription, by_day in closes.items() if day in by_day
        }
        now = {
            subscription: close
            for subscription, close in at_close.items()
            if close.native and plan_id in (None, close.plan_id)
        }
        opening = sum(close.amount for close in previous.values())
        at_new_rate = {
            subscription: exchange.convert(
                close.native, close.currency, at_close[subscription].rate_day
            )
            for subscription, close in previous.items()
        }
        base = sum(at_new_rate.values())
        closing = sum(close.amount for close in now.values())
        if base != opening:
            plan = _largest_plan((close.plan_id, close.amount) for close in previous.values())
            ledger.movements.append(Movement(day, "fx", base - opening, None, plan))
        if closing != base:
            kind = _kind(base, closing, paid_before)
            reason = None
            if kind == "churn":
                largest = min(
                    at_new_rate, key=lambda subscription: (-at_new_rate[subscription], subscription)
                )
                reason = leaving_reason(previous[largest], at_close[largest])
                plan = _largest_plan((previous[c].plan_id, at_new_rate[c]) for c in previous)
            else:
                plan = _largest_plan((close.plan_id, close.amount) for close in now.values())
            ledger.movements.append(Movement(day, kind, closing - base, reason, plan))
        ledger.closing[day] = closing
        paid_before = paid_before or closing > 0
        previous = now
    return ledger


def _kind(before: int, after: int, paid_before: bool) -> str:
    if before == 0:
        return "reactivation" if paid_before else "new"
    if after == 0:
        return "churn"
    return "expansion" if after > before else "contraction"


def _largest_plan(amounts: Iterable[tuple[str, int]]) -> str | None:
    by_plan: dict[str, int] = defaultdict(int)
    for plan_id, amount in amounts:
        by_plan[plan_id] += amount
    paid = [(-amount, plan_id) for plan_id, amount in by_plan.items() if amount]
    return min(paid)[1] if paid else None


def _segments(company: Company) -> dict[tuple[str, str], list[Ledger]]:
    """Ledgers of those who ever had MRR, by segment name and value."""
    found: dict[tuple[str, str], list[Ledger]] = defaultdict(list)
    for account_id, ledger in account_ledgers(company).items():
        if any(ledger.closing.values()):
            found["all", "all"].append(ledger)
            for name in ACCOUNT_SEGMENTS:
                found[name, attribute(company.accounts[account_id], name)].append(ledger)
    for (_, plan_id), ledger in plan_ledgers(company).items():
        if any(ledger.closing.values()):
            found["plan", plan_id].append(ledger)
    return found


def _period(
    company: Company,
    exchange: Exchange,
    ledgers: list[Ledger],
    happened: list[Movement],
    grain: str,
    start: date,
    last: date,
) -> Row:
    assert company.as_of
    closes_on = min(last, company.as_of)

    def pairs(opening_day: date) -> list[tuple[int, int]]:
        return [(ledger.at_close(opening_day), ledger.at_close(closes_on)) for ledger in ledgers]

    moved = dict.fromkeys(KINDS, 0)
    for movement in happened:
        moved[movement.kind] += movement.amount
    moved["churn"], moved["contraction"] = -moved["churn"], -moved["contraction"]
    gross = moved["new"] + moved["expansion"] + moved["reactivation"]
    cancelled = moved["churn"] + moved["contraction"]

    in_period = pairs(start - ONE_DAY)
    closing = sum(after for _, after in in_period)
    customers = sum(after > 0 for _, after in in_period)
    paying = sum(before > 0 for before, _ in in_period)
    lost = sum(before > 0 and after == 0 for before, after in in_period)
    year_ago = twelve_months_opening(last)
    retained, retained_12m = _retained(in_period), _retained(pairs(year_ago))
    since = dict.fromkeys(KINDS, 0)
    for movement in (
        movement
        for ledger in ledgers
        if ledger.at_close(year_ago)
        for movement in ledger.movements
        if year_ago < movement.day <= closes_on
    ):
        is_loss = movement.kind in ("churn", "contraction")
        since[movement.kind] += -movement.amount if is_loss else movement.amount
    mean = Fraction(closing, customers) if customers else None
    margin = Fraction(half_up(Fraction(company.params.gross_margin_rate) * 10**6), 10**6)

    def arr(minor_units: int) -> Decimal:
        return exchange.amount(12 * minor_units)

    return {
        "opening_arr_amount": arr(sum(before for before, _ in in_period)),
        **{f"{kind}_arr_amount": arr(moved[kind]) for kind in KINDS},
        "closing_arr_amount": arr(closing),
        "gross_arr_amount": arr(gross),
        "cancelled_arr_amount": arr(cancelled),
        "net_new_arr_amount": arr(gross - cancelled),
        "customers": customers,
        "opening_customers": paying,
        "lost_customers": lost,
        "closing_mrr_amount": exchange.amount(closing),
        "net_retained_arr_amount": arr(retained.net),
        "gross_retained_arr_amount": arr(retained.gross),
        "start_12m_customers": retained_12m.units,
        "start_12m_arr_amount": arr(retained_12m.opening),
        **{f"{kind}_12m_arr_amount": arr(cents) for kind, cents in since.items() if kind != "new"},
        "net_retained_12m_arr_amount": arr(retained_12m.net),
        "gross_retained_12m_arr_amount": arr(retained_12m.gross),
        "nrr_rate": _quotient(retained.net, retained.opening),
        "grr_rate": _quotient(retained.gross, retained.opening),
        "nrr_12m_rate": _quotient(retained_12m.net, retained_12m.opening),
        "grr_12m_rate": _quotient(retained_12m.gross, retained_12m.opening),
        "logo_churn_rate": float(Fraction(lost, paying)) if paying else None,
        "quick_ratio": float(Fraction(gross, cancelled)) if cancelled else None,
        "arpa_amount": None if mean is None else exchange.amount(half_up(mean)),
        "ltv_amount": None
        if mean is None or not paying
        else exchange.amount(half_up(mean * margin * _lifetime(company, paying, lost, grain))),
    }


class Retained(NamedTuple):
    """MRR of the units that paid at an opening: then, at the close, and at the close up to then."""

    units: int
    opening: int
    net: int
    gross: int


def _retained(pairs: list[tuple[int, int]]) -> Retained:
    """The share kept of the opening MRR, from opening and closing MRR by unit."""
    paying = [(before, after) for before, after in pairs if before]
    return Retained(
        len(paying),
        sum(before for before, _ in paying),
        sum(after for _, after in paying),
        sum(min(before, after) for before, after in paying),
    )


def _quotient(part: int, whole: int) -> float | None:
    return float(Fraction(part, whole)) if whole else None


def _lifetime(company: Company, paying: int, lost: int, grain: str) -> Fraction:
    """Mean months until a customer leaves, from how many of the payers left in one period."""
    longest = Fraction(company.params.ltv_cap_months)
    return min(longest, Fraction(paying, lost) * MONTHS_PER_PERIOD[grain]) if lost else longest
