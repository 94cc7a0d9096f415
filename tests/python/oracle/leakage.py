"""Revenue that was owed and did not come: each rule over each bill and contract by itself."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

from .activity import counted_days
from .clock import ONE_DAY, add_months, days, is_finite, local_date
from .company import Company, account_of, payer
from .contracts import ends, exchange_of
from .inputs import Row
from .money import INTERVALS_PER_MONTH, half_up
from .revenue import account_ledgers

LEAKAGE_COLUMNS = (
    *("finding_id", "rule_id", "account_id", "subscription_id", "invoice_id", "is_lost"),
    *("detected_for_date", "amount_cents", "currency", "reporting_amount", "evidence"),
)
AN_HOUR = timedelta(hours=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
IS_BILLED = ("active", "past_due")
# Use that nobody owes when it is by who never was a customer.
RULES_OF_USE = ("seats_over_paid", "use_after_end")

Finding = tuple[str, Row]
Price = Callable[[date], int]


@dataclass(frozen=True)
class Bill:
    """A bill with what became of it up to as-of."""

    row: Row
    account_id: str | None
    issued: date
    credited: int
    paid: int
    first_paid: date | None
    first_failed: date | None
    is_settled_unseen: bool

    @property
    def open(self) -> int:
        """What is still to be paid."""
        return int(self.row["amount_due"]) - self.credited - self.paid


def revenue_leakage(company: Company) -> list[Row]:
    """`fct_revenue_leakage`: one dict per finding."""
    rules = {row["rule_id"]: row for row in company.reference.get("leakage_rules", [])}
    exchange = exchange_of(company)
    found: dict[str, tuple[int, Row]] = {}
    bills = list(_bills(company)) if company.as_of else []
    for rule_id, look in RULES.items():
        if rule_id not in rules:
            continue
        for key, finding in look(company, bills, int(rules[rule_id].get("days") or 0)):
            place = finding.get("invoice_id") or f"{rule_id}/{key}"
            priority = int(rules[rule_id]["priority"])
            day, currency = finding["detected_for_date"], finding["currency"]
            row = dict.fromkeys(LEAKAGE_COLUMNS) | finding
            row |= {"finding_id": f"{rule_id}/{key}", "rule_id": rule_id}
            is_use = rule_id in RULES_OF_USE
            row["is_lost"] = not is_use or _was_customer(company, row["account_id"])
            if not row["is_lost"]:
                row["amount_cents"] = None
            elif exchange.has_rate(currency):
                converted = exchange.convert(finding["amount_cents"], currency, day)
                row["reporting_amount"] = exchange.amount(converted)
            if place not in found or priority < found[place][0]:
                found[place] = (priority, row)
    return [row for _, row in found.values()]


def _was_customer(company: Company, account_id: str) -> bool:
    ledger = account_ledgers(company).get(account_id)
    return ledger is not None and any(ledger.closing.values())


def _bills(company: Company) -> Iterator[Bill]:
    assert company.as_of
    payments: dict[str, list[Row]] = defaultdict(list)
    for payment in company.tables["payments"]:
        if payment["status"] != "pending" and payment["invoice_id"]:
            payments[payment["invoice_id"]].append(payment)
    for row in company.tables["invoices"]:
        issued = local_date(row["issued_at"], company.params)
        if row["status"] in ("draft", "void") or issued > company.as_of:
            continue
        tried = payments[row["invoice_id"]]
        charged = [p for p in tried if p["kind"] == "charge" and p["status"] == "succeeded"]
        mine = [p for p in tried if p["currency"] == row["currency"]]
        first_paid = min(
            (p["attempted_at"] for p in charged if p["currency"] == row["currency"]), default=None
        )
        past = [p for p in mine if local_date(p["attempted_at"], company.params) <= company.as_of]
        credited = [
            p["amount"]
            for p in past
            if (p["kind"], p["status"]) == ("credit_note", "succeeded")
            and (first_paid is None or p["attempted_at"] < first_paid)
        ]
        contract = company.contracts.get(row.get("subscription_id") or "")
        yield Bill(
            row=row,
            account_id=payer(company, contract) if contract else row.get("account_id"),
            issued=issued,
            credited=sum(credited),
            paid=sum(p["amount"] for p in past if p in charged),
            first_paid=_first(company, past, "succeeded"),
            first_failed=_first(company, past, "failed"),
            is_settled_unseen=row["status"] == "paid" and not charged,
        )


def _first(company: Company, payments: list[Row], status: str) -> date | None:
    days = [
        local_date(p["attempted_at"], company.params)
        for p in payments
        if (p["kind"], p["status"]) == ("charge", status)
    ]
    return min(days, default=None)


def _is_over(company: Company, day: date | None, grace: int) -> bool:
    return day is not None and company.as_of is not None and day + grace * ONE_DAY <= company.as_of


def _of_bill(bill: Bill, day: date | None, amount: int, evidence: str) -> Finding:
    return bill.row["invoice_id"], {
        "account_id": bill.account_id,
        "subscription_id": bill.row.get("subscription_id"),
        "invoice_id": bill.row["invoice_id"],
        "detected_for_date": day,
        "amount_cents": amount,
        "currency": bill.row["currency"],
        "evidence": evidence,
    }


def _invoice_overdue(company: Company, bills: list[Bill], grace: int) -> Iterator[Finding]:
    for bill in _unpaid(bills):
        due_at = bill.row.get("due_at")
        due = local_date(due_at, company.params) if due_at and is_finite(due_at) else None
        if bill.first_failed is None and _is_over(company, due, grace):
            evidence = f"due {due}, nothing paid and no attempt failed"
            yield _of_bill(bill, due, bill.open, evidence)


def _payment_not_recovered(company: Company, bills: list[Bill], grace: int) -> Iterator[Finding]:
    for bill in _unpaid(bills):
        if _is_over(company, bill.first_failed, grace):
            evidence = f"failed first on {bill.first_failed}, nothing paid since"
            yield _of_bill(bill, bill.first_failed, bill.open, evidence)


def _unpaid(bills: list[Bill]) -> Iterator[Bill]:
    for bill in bills:
        if bill.paid == 0 and bill.open > 0 and not bill.is_settled_unseen:
            yield bill


def _paid_less(company: Company, bills: list[Bill], grace: int) -> Iterator[Finding]:
    for bill in bills:
        if bill.paid > 0 and bill.open > 0 and _is_over(company, bill.first_paid, grace):
            billed = bill.row["amount_due"]
            evidence = f"billed {billed}, credited {bill.credited}, paid {bill.paid}"
            yield _of_bill(bill, bill.first_paid, bill.open, evidence)


def _discount_after_end(company: Company, bills: list[Bill], grace: int) -> Iterator[Finding]:
    for bill, contracted, with_discount in _compared(company, bills, grace):
        billed = bill.row["amount_due"]
        if billed == with_discount:
            evidence = f"contracted {contracted}, billed {billed} with a discount that had ended"
            yield _of_bill(bill, bill.issued, contracted - billed, evidence)


def _billed_less(company: Company, bills: list[Bill], grace: int) -> Iterator[Finding]:
    for bill, contracted, _ in _compared(company, bills, grace):
        billed = bill.row["amount_due"]
        evidence = f"contracted {contracted}, billed {billed} for a whole period"
        yield _of_bill(bill, bill.issued, contracted - billed, evidence)


def _compared(
    company: Company, bills: list[Bill], grace: int
) -> Iterator[tuple[Bill, int, int | None]]:
    """Bills of whole periods below the price at their issue; that price, and the price with a
    discount that had ended."""
    changes = _changes(company)
    by_contract: dict[str | None, list[Bill]] = defaultdict(list)
    for bill in bills:
        if _period(bill.row)[0]:
            by_contract[bill.row.get("subscription_id")].append(bill)
    for bill in bills:
        mine = by_contract[bill.row.get("subscription_id")]
        issued, (starts, until) = bill.row["issued_at"], _period(bill.row)
        before = [
            c
            for c in changes.get(bill.row.get("subscription_id") or "", [])
            if c["changed_at"] <= issued
        ]
        if not before or not starts or not until or not _is_over(company, bill.issued, grace):
            continue
        state = before[-1]
        begins = starts.date()
        due = _later(begins, state["billing_interval"], 1)
        if state["currency"] != bill.row["currency"] or until - starts < due - begins - AN_HOUR:
            continue
        if any(_order(bill) > _order(other) and _period(other.row)[1] > starts for other in mine):
            continue
        percent = state.get("discount_percent") or Decimal(0)
        ends_at: datetime | None = state.get("discount_ends_at")
        has_ended = ends_at is not None and ends_at <= issued
        contracted = _price(state, Decimal(0) if has_ended else percent)
        if bill.row["amount_due"] < contracted:
            yield bill, contracted, _price(state, percent) if has_ended and percent else None


def _period_not_invoiced(company: Company, bills: list[Bill], grace: int) -> Iterator[Finding]:
    mine: dict[str | None, list[Row]] = defaultdict(list)
    for bill in bills:
        mine[bill.row.get("subscription_id")].append(bill.row)
    for contract_id in company.contracts:
        rows = mine[contract_id]
        if not all(all(_period(row)) for row in rows):
            continue
        spans = [[local_date(end, company.params) for end in _period(row)] for row in rows]
        closes = _states(company, contract_id)
        anchors: dict[str, date] = {}
        for day, (state, _) in closes.items():
            if state["status"] in IS_BILLED and state["quantity"] * state["unit_amount"] > 0:
                anchors.setdefault(state["billing_interval"], day)
        for interval, anchor in anchors.items():
            number = 0
            while (day := _later(anchor, interval, number)) in closes:
                number += 1
                state, is_over = closes[day]
                amount = _price(state, _percent(company, state, day))
                if (
                    day >= min((bill.issued for bill in bills), default=date.max)
                    and _is_over(company, day, grace)
                    and not is_over
                    and state["billing_interval"] == interval
                    and state["status"] in IS_BILLED
                    and amount
                    and not any(start <= day < end for start, end in spans)
                ):
                    yield (
                        f"{contract_id}/{day}",
                        {
                            "account_id": payer(company, company.contracts[contract_id]),
                            "subscription_id": contract_id,
                            "detected_for_date": day,
                            "amount_cents": amount,
                            "currency": state["currency"],
                            "evidence": f"no bill covers {day}",
                        },
                    )


def _seats_over_paid(company: Company, _: list[Bill], window: int) -> Iterator[Finding]:
    assert company.as_of
    active: dict[str, int] = defaultdict(int)
    for user, active_on in counted_days(company).items():
        if any(company.as_of - window * ONE_DAY < day <= company.as_of for day in active_on):
            active[account_of(company.users[user])] += 1
    for account_id, contracts in _last_states(company).items():
        running = [
            (state["quantity"], contract_id, state)
            for contract_id, (state, ended) in contracts.items()
            if ended is None and state["status"] in IS_BILLED and _unit_price(state)
        ]
        seats = sum(quantity for quantity, _, _ in running)
        if running and active[account_id] > seats:
            _, contract_id, state = min(running, key=lambda each: (-each[0], each[1]))
            yield (
                contract_id,
                {
                    "account_id": account_id,
                    "subscription_id": contract_id,
                    "detected_for_date": company.as_of,
                    "amount_cents": (active[account_id] - seats) * _unit_price(state),
                    "currency": state["currency"],
                    "evidence": f"{active[account_id]} active users, {seats} seats",
                },
            )


def _use_after_end(company: Company, _: list[Bill], grace: int) -> Iterator[Finding]:
    last_day: dict[str, date] = {}
    for user, active_on in counted_days(company).items():
        account_id = account_of(company.users[user])
        seen = [day for day in active_on if company.as_of and day <= company.as_of]
        last_day[account_id] = max([*seen, last_day.get(account_id, date.min)])
    for account_id, contracts in _last_states(company).items():
        over = [
            (ended, contract_id)
            for contract_id, (_, ended) in contracts.items()
            if ended is not None
        ]
        if len(over) < len(contracts):
            continue
        last_end = max(ended for ended, _ in over)
        contract_id = min(contract_id for ended, contract_id in over if ended == last_end)
        state, _ended = contracts[contract_id]
        amount = _monthly(state, state["quantity"] * state["unit_amount"])
        active_until = last_day.get(account_id, date.min)
        if amount and active_until > last_end + grace * ONE_DAY:
            yield (
                contract_id,
                {
                    "account_id": account_id,
                    "subscription_id": contract_id,
                    "detected_for_date": last_end,
                    "amount_cents": amount,
                    "currency": state["currency"],
                    "evidence": f"ended {last_end}, active until {active_until}",
                },
            )


def _period(row: Row) -> tuple[datetime | None, datetime | None]:
    """First and last instant billed; none where one of them is unknown or endless."""
    starts, until = row.get("period_start"), row.get("period_end")
    if starts and until and is_finite(starts) and is_finite(until):
        return starts, until
    return None, None


def _order(bill: Bill) -> tuple:
    return bill.row["period_start"], bill.row["issued_at"], bill.row["invoice_id"]


@cache
def _changes(company: Company) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for change in company.tables["subscription_changes"]:
        found[change["subscription_id"]].append(change)
    for rows in found.values():
        rows.sort(key=lambda change: (change["changed_at"], change["change_id"]))
    return found


def _last_of_days(company: Company, contract_id: str) -> dict[date, Row]:
    """The state of a contract at the close of each day on which it changed, up to as-of."""
    found = {}
    for change in _changes(company).get(contract_id, []):
        day = local_date(change["changed_at"], company.params)
        if company.as_of and day <= company.as_of:
            found[day] = change
    return found


def _states(company: Company, contract_id: str) -> dict[date, tuple[Row, bool]]:
    """The state of a contract at the close of every day, and whether it is over by then."""
    last_of_day = _last_of_days(company, contract_id)
    over = ends(company, company.contracts[contract_id], last_of_day)
    found: dict[date, tuple[Row, bool]] = {}
    if last_of_day and company.as_of:
        for day in days(min(last_of_day), company.as_of):
            state = last_of_day.get(day) or found[day - ONE_DAY][0]
            found[day] = (state, any(end <= day < until for end, until in over))
    return found


def _last_states(company: Company) -> dict[str, dict[str, tuple[Row, date | None]]]:
    """Per payer and contract: the state as of as-of, and since when it is over."""
    found: dict[str, dict[str, tuple[Row, date | None]]] = defaultdict(dict)
    for contract_id, contract in company.contracts.items():
        last_of_day = _last_of_days(company, contract_id)
        if last_of_day and company.as_of:
            last = max(last_of_day)
            over = [
                end
                for end, until in ends(company, contract, last_of_day)
                if end <= company.as_of and last < until
            ]
            state = last_of_day[last]
            ended = min(over) if over else last if state["status"] == "canceled" else None
            # what was over before its first day closed was no contract
            if ended is None or ended > min(last_of_day):
                found[payer(company, contract)][contract_id] = (state, ended)
    return found


def _later(day: date, interval: str, intervals: int) -> date:
    if interval == "week":
        return day + 7 * intervals * ONE_DAY
    return add_months(day, MONTHS[interval] * intervals)


def _percent(company: Company, state: Row, day: date) -> Decimal:
    ends_at = state.get("discount_ends_at")
    if ends_at is not None and day >= local_date(ends_at, company.params):
        return Decimal(0)
    return state.get("discount_percent") or Decimal(0)


def _price(state: Row, percent: Decimal) -> int:
    return half_up(state["quantity"] * state["unit_amount"] * (1 - Fraction(percent) / 100))


def _monthly(state: Row, price: int) -> int:
    return half_up(price * INTERVALS_PER_MONTH[state["billing_interval"]])


def _unit_price(state: Row) -> int:
    return _monthly(state, state["unit_amount"])


RULES: dict[str, Callable[[Company, list[Bill], int], Iterator[Finding]]] = {
    "invoice_overdue": _invoice_overdue,
    "payment_not_recovered": _payment_not_recovered,
    "paid_less": _paid_less,
    "discount_after_end": _discount_after_end,
    "billed_less": _billed_less,
    "period_not_invoiced": _period_not_invoiced,
    "seats_over_paid": _seats_over_paid,
    "use_after_end": _use_after_end,
}
