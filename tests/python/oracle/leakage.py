"""Revenue that was owed and did not come, rule by rule, for each invoice and subscription."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise

from .activity import counted_days
from .clock import ONE_DAY, add_months, days, is_finite, local_date
from .company import Company, account_of, payer
from .inputs import Row, in_turn
from .money import discounts, half_up, list_price, per_month
from .revenue import account_ledgers
from .subscriptions import ends, exchange_of, in_order

LEAKAGE_COLUMNS = (
    *("finding_id", "rule_id", "account_id", "subscription_id", "invoice_id", "is_lost"),
    *(
        "confidence",
        "doubt",
        "detected_for_date",
        "amount_cents",
        "currency",
        "reporting_amount",
        "evidence",
    ),
)
AN_HOUR = timedelta(hours=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"week": 7, "day": 1}
BACK = ("refund", "chargeback")
IS_BILLED = ("active", "past_due")
# Use that is owed only by customers.
RULES_OF_USE = ("seats_over_paid", "use_after_end")

Finding = tuple[str, Row]
Price = Callable[[date], int]


@dataclass(frozen=True)
class Invoice:
    """An invoice with what happened to it up to as-of."""

    row: Row
    account_id: str | None
    issued: date
    credited: int
    noted: int
    first_noted: datetime | None
    paid: int
    first_paid: date | None
    first_failed: date | None
    last_returned: date | None
    is_settled_unseen: bool

    @property
    def open(self) -> int:
        """The amount that is still unpaid."""
        return int(self.row["amount_due"]) - self.credited - self.paid


def revenue_leakage(company: Company) -> list[Row]:
    """`fct_revenue_leakage`: one dict per finding."""
    rules = {row["rule_id"]: row for row in company.reference.get("leakage_rules", [])}
    exchange = exchange_of(company)
    found: dict[str, tuple[int, Row]] = {}
    invoices = list(_invoices(company)) if company.as_of else []
    for rule_id, look in RULES.items():
        if rule_id not in rules:
            continue
        for key, finding in look(company, invoices, int(rules[rule_id].get("days") or 0)):
            place = finding.get("invoice_id") or f"{rule_id}/{key}"
            priority = int(rules[rule_id]["priority"])
            day, currency = finding["detected_for_date"], finding["currency"]
            row = dict.fromkeys(LEAKAGE_COLUMNS) | finding
            row |= {"finding_id": f"{rule_id}/{key}", "rule_id": rule_id}
            is_use = rule_id in RULES_OF_USE
            row["is_lost"] = row["doubt"] is None and (
                not is_use or _was_customer(company, row["account_id"])
            )
            if not row["is_lost"]:
                row["amount_cents"] = row["confidence"] = None
            elif exchange.has_rate(currency):
                converted = exchange.convert(finding["amount_cents"], currency, day)
                row["reporting_amount"] = exchange.amount(converted)
            if place not in found or priority < found[place][0]:
                found[place] = (priority, row)
    return [row for _, row in found.values()]


def _was_customer(company: Company, account_id: str) -> bool:
    ledger = account_ledgers(company).get(account_id)
    return ledger is not None and any(ledger.closing.values())


def _invoices(company: Company) -> Iterator[Invoice]:
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
        noted = [
            p
            for p in past
            if (p["kind"], p["status"]) == ("credit_note", "succeeded")
            and first_paid is not None
            and p["attempted_at"] >= first_paid
        ]
        back = [p for p in past if (p["status"] == "succeeded" and p["kind"] in BACK)] + noted
        subscription = company.subscriptions.get(row.get("subscription_id") or "")
        yield Invoice(
            row=row,
            account_id=payer(company, subscription) if subscription else row.get("account_id"),
            issued=issued,
            credited=sum(credited),
            noted=sum(p["amount"] for p in noted),
            first_noted=min((p["attempted_at"] for p in noted), default=None),
            paid=sum(p["amount"] for p in past if p in charged),
            first_paid=_first(company, past, "succeeded"),
            first_failed=_first(company, past, "failed"),
            last_returned=max(
                (local_date(p["attempted_at"], company.params) for p in back), default=None
            ),
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


def _of_invoice(
    invoice: Invoice,
    day: date | None,
    amount: int,
    evidence: str,
    confidence: float | None = 1.0,
    doubt: str | None = None,
) -> Finding:
    return invoice.row["invoice_id"], {
        "confidence": confidence,
        "doubt": doubt,
        "account_id": invoice.account_id,
        "subscription_id": invoice.row.get("subscription_id"),
        "invoice_id": invoice.row["invoice_id"],
        "detected_for_date": day,
        "amount_cents": amount,
        "currency": invoice.row["currency"],
        "evidence": evidence,
    }


def _earned(own: list[bool], every: list[bool]) -> float | None:
    """The share that kept to the rule, not counting the finding: among its own, where any did."""
    classified = own if any(own) else every
    return sum(classified) / (len(classified) - 1) if len(classified) > 1 else None


def _invoice_overdue(company: Company, invoices: list[Invoice], grace: int) -> Iterator[Finding]:
    is_known = any(invoice.paid or invoice.is_settled_unseen for invoice in invoices)
    doubt = None if is_known else "no invoice is known to be paid"
    known = _known_until(invoices)
    for invoice in _unpaid(invoices):
        due_at = invoice.row.get("due_at")
        due = local_date(due_at, company.params) if due_at and is_finite(due_at) else None
        if invoice.first_failed is None and due and due <= known and _is_over(company, due, grace):
            evidence = f"due {due}, nothing paid and no attempt failed"
            yield _of_invoice(
                invoice, due, invoice.open, evidence, doubt=_paused(company, invoice) or doubt
            )


def _payment_not_recovered(
    company: Company, invoices: list[Invoice], grace: int
) -> Iterator[Finding]:
    known = _known_until(invoices)
    for invoice in _unpaid(invoices):
        failed = invoice.first_failed
        if failed and _is_over(company, failed, grace) and failed + grace * ONE_DAY <= known:
            evidence = f"failed first on {failed}, nothing paid since"
            doubt = _paused(company, invoice)
            yield _of_invoice(invoice, failed, invoice.open, evidence, doubt=doubt)


def _known_until(invoices: list[Invoice]) -> date:
    """Payments after the last known day are not known."""
    seen = [(b.issued, b.first_paid, b.first_failed, b.last_returned) for b in invoices]
    return max((day for days in seen for day in days if day), default=date.max)


def _paused(company: Company, invoice: Invoice) -> str | None:
    """Why an open invoice is not a loss: it is not collected."""
    past = [
        change
        for day, change in _last_of_days(company, invoice.row.get("subscription_id") or "").items()
        if day <= invoice.issued
    ]
    if past and past[-1].get("collection_paused"):
        return "the invoice was written while collection was paused"
    return None


def _unpaid(invoices: list[Invoice]) -> Iterator[Invoice]:
    for invoice in invoices:
        if invoice.paid == 0 and invoice.open > 0 and not invoice.is_settled_unseen:
            yield invoice


def _paid_less(company: Company, invoices: list[Invoice], grace: int) -> Iterator[Finding]:
    every = [invoice.open <= 0 for invoice in invoices if invoice.paid]
    for invoice in invoices:
        if invoice.paid > 0 and invoice.open > 0 and _is_over(company, invoice.first_paid, grace):
            billed = invoice.row["amount_due"]
            evidence = f"billed {billed}, credited {invoice.credited}, paid {invoice.paid}"
            own = [b.open <= 0 for b in invoices if b.paid and b.account_id == invoice.account_id]
            doubt = _paused(company, invoice)
            if not doubt and len(own) > 1 and not any(own):
                doubt = "the account never paid an invoice in full"
            yield _of_invoice(
                invoice, invoice.first_paid, invoice.open, evidence, _earned(own, every), doubt
            )


@dataclass(frozen=True)
class Part:
    """What an invoice charges for a period of a subscription, or of all subscriptions of an
    account; `amount` is none where lines charge only for a part of a period."""

    invoice: Invoice
    subscription_id: str | None
    account_id: str | None
    amount: int | None
    starts: datetime | None
    until: datetime | None

    @property
    def scope(self) -> str:
        """The subscription, else the account in the currency of the invoice."""
        return self.subscription_id or f"{self.account_id}/{self.invoice.row['currency']}"


@dataclass(frozen=True)
class Short:
    """An invoice for one scope, with the price of its period: `missing` is what it lacks."""

    invoice: Invoice
    scope: str
    amount: int
    price: int
    with_discounts: int
    missing: int


@cache
def _lines(company: Company) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for line in company.tables["invoice_lines"]:
        found[line["invoice_id"]].append(line)
    return found


def _parts(company: Company, invoices: list[Invoice]) -> Iterator[Part]:
    for invoice in invoices:
        named = invoice.row.get("subscription_id")
        lines = _lines(company).get(invoice.row["invoice_id"])
        if lines is None:
            starts, until = _period(invoice.row)
            yield Part(invoice, named, invoice.account_id, invoice.row["amount_due"], starts, until)
            continue
        by_subscription: dict[str | None, list[Row]] = defaultdict(list)
        for line in lines:
            by_subscription[line.get("subscription_id") or named].append(line)
        for subscription_id, mine in by_subscription.items():
            periods = [line for line in mine if line["kind"] == "period"]
            priced = [line["amount"] for line in mine if line["kind"] in ("period", "discount")]
            amount = sum(priced) if periods else None
            if not periods:
                periods = [x for x in mine if x["kind"] == "proration" and x["amount"] > 0]
            if periods:
                subscription = company.subscriptions.get(subscription_id or "")
                yield Part(
                    invoice,
                    subscription_id,
                    payer(company, subscription) if subscription else invoice.account_id,
                    amount,
                    min((x["period_start"] for x in periods if x["period_start"]), default=None),
                    max((x["period_end"] for x in periods if x["period_end"]), default=None),
                )


def _subscriptions_of(company: Company, part: Part) -> list[str]:
    if part.subscription_id:
        return [part.subscription_id]
    return [
        subscription_id
        for subscription_id, subscription in company.subscriptions.items()
        if part.account_id and payer(company, subscription) == part.account_id
    ]


def _discount_after_end(company: Company, invoices: list[Invoice], grace: int) -> Iterator[Finding]:
    for invoice, shorts, confidence, doubt in _compared(company, invoices, grace):
        if all(s.amount == s.with_discounts < s.price for s in shorts):
            yield _too_low(invoice, shorts, "with a discount that had ended", confidence, doubt)


def _billed_less(company: Company, invoices: list[Invoice], grace: int) -> Iterator[Finding]:
    for invoice, shorts, confidence, doubt in _compared(company, invoices, grace):
        yield _too_low(invoice, shorts, "for a whole period", confidence, doubt)


def _too_low(
    invoice: Invoice, shorts: list[Short], words: str, confidence: float | None, doubt: str | None
) -> Finding:
    price, billed = sum(s.price for s in shorts), sum(s.amount for s in shorts)
    evidence = f"contracted {price}, billed {billed} {words}"
    missing = sum(s.missing for s in shorts)
    return _of_invoice(invoice, invoice.issued, missing, evidence, confidence, doubt)


def _compared(
    company: Company, invoices: list[Invoice], grace: int
) -> Iterator[tuple[Invoice, list[Short], float | None, str | None]]:
    """Invoices that lack something: how much, how certain it is, and the doubt about it."""
    every = _beside_prices(company, tuple(invoices))
    rights: dict[str, list[bool]] = defaultdict(list)
    for short in every:
        rights[short.scope].append(short.missing == 0)
    all_rights = [short.missing == 0 for short in every]
    for invoice in invoices:
        mine = [s for s in every if s.invoice is invoice and s.missing]
        if mine and _is_over(company, invoice.issued, grace):
            confidences = [_earned(rights[s.scope], all_rights) for s in mine]
            never = any(len(rights[s.scope]) > 1 and not any(rights[s.scope]) for s in mine)
            doubt = "no invoice of the subscription was at its price" if never else None
            known = [c for c in confidences if c is not None]
            yield invoice, mine, min(known, default=None), doubt


def _beside_prices(company: Company, invoices: tuple[Invoice, ...]) -> list[Short]:
    """Every invoice of a whole period, scope by scope, with what it lacks without a reason."""
    parts = list(_parts(company, list(invoices)))
    with_period = [p for p in parts if p.starts and p.until]
    own = {p.subscription_id for p in parts if p.subscription_id}
    by_scope: dict[str, list[Part]] = defaultdict(list)
    for part in with_period:
        by_scope[part.scope].append(part)
    every: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        every[part.scope].append(part)
    found = []
    for scope, mine in by_scope.items():
        mine.sort(key=_order)
        priced, whole = [], []
        for place, part in enumerate(mine):
            prices = [
                _prices_at(company, subscription_id, part)
                for subscription_id in _subscriptions_of(company, part)
                if part.subscription_id or subscription_id not in own
            ]
            is_added = any(p.until > part.starts for p in mine[:place] if p.until and part.starts)
            known = [price for price in prices if price]
            if not is_added:
                whole.append(part)
            if known and not is_added and part.amount is not None:
                total, with_discounts = (sum(each) for each in zip(*known, strict=True))
                # An invoice of an account may be for only one of its subscriptions.
                is_of_one = part.subscription_id is None and part.amount in [
                    each for each, _ in known
                ]
                priced.append((part, part.amount if is_of_one else total, with_discounts, total))
        found += _balance(company, scope, every[scope], whole, priced)
    return found


def _prices_at(company: Company, subscription_id: str, part: Part) -> tuple[int, int] | None:
    """The price of a whole period at its beginning: as it is, and as if no discount had ended."""
    assert part.starts and part.until
    changes = _changes(company).get(subscription_id, [])
    day = local_date(part.starts, company.params)
    before = [c for c in changes if c["changed_at"] <= part.starts]
    if not before and changes and local_date(changes[0]["changed_at"], company.params) == day:
        before = changes[:1]
    if not before or before[-1]["currency"] != part.invoice.row["currency"]:
        return None
    state = before[-1]
    begins = part.starts.date()
    whole = _later(begins, state, 1) - begins
    if state["status"] not in IS_BILLED or part.until - part.starts < whole - AN_HOUR:
        return None
    return _price_at(state, part.starts), _price(state, *discounts(state))


def _price_at(state: Row, moment: datetime) -> int:
    ends_at: datetime | None = state.get("discount_ends_at")
    is_over = ends_at is not None and ends_at <= moment
    return _price(state, *((Decimal(0), 0) if is_over else discounts(state)))


def _balance(
    company: Company,
    scope: str,
    parts: list[Part],
    of_periods: list[Part],
    priced: list[tuple[Part, int, int, int]],
) -> Iterator[Short]:
    """The invoices of a scope in order: each may deduct what was credited since the last one, and
    an invoice of 0 leaves the rest to the next. An invoice without a price may have deducted a part
    of it."""
    credits = list(_credits(company, parts, of_periods))
    compared = {id(part) for part, *_ in priced}
    others = [part.invoice.row["issued_at"] for part in parts if id(part) not in compared]
    low = high = noted = taken = 0
    place = 0
    since: datetime | None = None
    credits.sort(key=lambda credit: credit[0])
    by_issue = sorted(priced, key=lambda each: _issue(each[0]))
    for part, wanted, with_discounts, price in by_issue:
        while place < len(credits) and credits[place][0] <= part.invoice.row["issued_at"]:
            low, high, noted = (
                have + more
                for have, more in zip((low, high, noted), credits[place][1:], strict=True)
            )
            place += 1
        assert part.amount is not None
        issued_at = part.invoice.row["issued_at"]
        between = any((since is None or since < at) and at <= issued_at for at in others)
        short = max(wanted - part.amount, 0)
        off = short + taken
        is_right = (
            short == 0
            or low - 1 <= off <= high + 1
            or low + noted - 1 <= off <= high + noted + 1
            or ((part.amount == 0 or between) and off <= high + noted + 1)
        )
        yield Short(
            part.invoice, scope, part.amount, price, with_discounts, 0 if is_right else short
        )
        taken += short
        if part.amount > 0:
            low = high = noted = taken = 0
            since = issued_at


def _credits(
    company: Company, parts: list[Part], of_periods: list[Part]
) -> Iterator[tuple[datetime, int, int, int]]:
    """When something was credited, and what may be deducted for it: the rest of a period at least
    and at most, and what a credit note gave back."""
    for invoice in {id(part.invoice): part.invoice for part in parts}.values():
        if invoice.noted and invoice.first_noted:
            yield invoice.first_noted, 0, 0, invoice.noted
    for part in of_periods:
        starts, until = part.starts, part.until
        assert starts and until
        first, end = (local_date(moment, company.params) for moment in (starts, until))
        for subscription_id in _subscriptions_of(company, part):
            changes = _changes(company).get(subscription_id, [])
            for earlier, later in pairwise(changes):
                at = later["changed_at"]
                day = local_date(at, company.params)
                is_within = first <= day and (day < end or at < until)
                if not is_within or at <= min(starts, part.invoice.row["issued_at"]):
                    continue
                fall = _fall(earlier, later)
                if fall > 0:
                    whole = max((end - first).days, (_later(first, earlier, 1) - first).days)
                    by_days = Fraction((end - day).days, whole)
                    seconds = (until - at) // timedelta(seconds=1)
                    by_seconds = Fraction(seconds, whole * 86_400)
                    less = max(by_days - Fraction(1, whole), Fraction(0))
                    yield at, half_up(fall * less), half_up(fall * max(by_days, by_seconds)), 0


def _fall(earlier: Row, later: Row) -> int:
    """How much the price of an interval falls; all of it where another interval begins or none."""
    at = later["changed_at"]
    if earlier["status"] not in IS_BILLED:
        return 0
    same = all(
        (earlier.get(name) or 1) == (later.get(name) or 1)
        for name in ("currency", "billing_interval", "interval_count")
    )
    stays = later["status"] in IS_BILLED and same
    return _price_at(earlier, at) - (_price_at(later, at) if stays else 0)


@dataclass(frozen=True)
class Habit:
    """How a subscription is billed: after its period or before, and how many days later."""

    is_in_arrears: bool
    wait: int


def _habit(company: Company, parts: list[Part]) -> Habit | None:
    waits: dict[bool, list[int]] = {True: [], False: []}
    for part in parts:
        if part.starts and part.until:
            start, end = (local_date(m, company.params) for m in (part.starts, part.until))
            if start < end:
                late = part.invoice.issued >= end
                wait = (part.invoice.issued - (end if late else start)).days
                waits[late].append(wait if 0 <= wait <= (end - start).days else 0)
    if not waits[True] and not waits[False]:
        return None
    is_in_arrears = len(waits[True]) > len(waits[False])
    return Habit(is_in_arrears, max(waits[is_in_arrears]))


def _period_not_invoiced(
    company: Company, invoices: list[Invoice], grace: int
) -> Iterator[Finding]:
    if not invoices:
        return
    by_subscription: dict[str, list[Part]] = defaultdict(list)
    for part in _parts(company, invoices):
        for subscription_id in _subscriptions_of(company, part):
            by_subscription[subscription_id].append(part)
    every_part = [p for parts in by_subscription.values() for p in parts]
    usual = _habit(company, every_part)
    longest_arrears = _longest_arrears(company, every_part)
    first, last = (choose(invoice.issued for invoice in invoices) for choose in (min, max))
    classified: list[tuple[str, date, int, str, bool]] = []
    to_come = set()
    for subscription_id in company.subscriptions:
        parts = by_subscription[subscription_id]
        if any(not (part.starts and part.until) for part in parts):
            continue
        own_habit = _habit(company, parts)
        habit = own_habit or usual or Habit(False, 0)
        for day, next_day, amount, currency in _due(company, subscription_id):
            due = (next_day if habit.is_in_arrears else day) + habit.wait * ONE_DAY
            if first <= due <= last and _is_over(company, due, grace):
                is_covered = any(
                    local_date(part.starts, company.params)
                    <= day
                    < local_date(part.until, company.params)
                    for part in parts
                    if part.starts and part.until
                    if part.subscription_id or part.invoice.row["currency"] == currency
                    if not _is_of_growth(company, part)
                )
                possible = next_day + (longest_arrears or 0) * ONE_DAY
                may_come = possible > min(last, company.as_of or last)
                if own_habit is None and longest_arrears is not None and may_come:
                    to_come.add((subscription_id, day))
                classified.append((subscription_id, day, amount, currency, is_covered))
    every = [is_covered for *_, is_covered in classified]
    for subscription_id, day, amount, currency, is_covered in classified:
        if is_covered:
            continue
        own = [each[-1] for each in classified if each[0] == subscription_id]
        doubt = None
        if not any(own) and 2 * sum(every) < len(every):
            doubt = (
                "most periods of all subscriptions have no invoice: the invoices are not all there"
            )
        elif (subscription_id, day) in to_come:
            doubt = (
                "no invoice of the subscription is known, and some are billed when a period is over"
            )
        yield (
            f"{subscription_id}/{day}",
            {
                "account_id": payer(company, company.subscriptions[subscription_id]),
                "subscription_id": subscription_id,
                "detected_for_date": day,
                "amount_cents": amount,
                "currency": currency,
                "confidence": _earned(own, every),
                "doubt": doubt,
                "evidence": f"no invoice covers {day}",
            },
        )


def _longest_arrears(company: Company, parts: list[Part]) -> int | None:
    """The most days after a period at which an invoice came; none where none comes after."""
    waits = []
    for part in parts:
        if part.starts and part.until:
            start, end = (local_date(m, company.params) for m in (part.starts, part.until))
            if start < end <= part.invoice.issued:
                wait = (part.invoice.issued - end).days
                waits.append(wait if wait <= (end - start).days else 0)
    return max(waits, default=None)


def _is_of_growth(company: Company, part: Part) -> bool:
    """Whether an invoice begins when a billed subscription on it changes and is for less than a
    period: then the period itself has another invoice, or none."""
    assert part.starts and part.until
    for subscription_id in _subscriptions_of(company, part):
        for earlier, later in pairwise(_changes(company).get(subscription_id, [])):
            begins = part.starts.date()
            whole = _later(begins, later, 1) - begins
            if (
                later["changed_at"] == part.starts
                and earlier["status"] in IS_BILLED
                and list_price(earlier) > 0
                and (part.amount is None or part.until - part.starts < whole - AN_HOUR)
            ):
                return True
    return False


def _due(company: Company, subscription_id: str) -> Iterator[tuple[date, date, int, str]]:
    """The periods of a subscription that need an invoice: first day, first day of the next period,
    and price."""
    closes = _states(company, subscription_id)
    anchors: dict[tuple[str, int], tuple[date, Row]] = {}
    for day, (state, _) in closes.items():
        if state["status"] in IS_BILLED and list_price(state) > 0:
            anchors.setdefault(_interval(state), (day, state))
    for interval, (anchor, first_state) in anchors.items():
        number = 0
        while (day := _later(anchor, first_state, number)) in closes:
            number += 1
            state, is_over = closes[day]
            amount = _price(state, *_discounts_on(company, state, day))
            before, _ = closes.get(day - ONE_DAY, (state, False))
            # What is credited on that day may be missing at its beginning.
            if day != anchor and before is not state and before["status"] not in IS_BILLED:
                continue
            if (
                not is_over
                and _interval(state) == interval
                and state["status"] in IS_BILLED
                and not state.get("collection_paused")
                and amount
            ):
                yield day, _later(anchor, first_state, number), amount, state["currency"]


def _interval(state: Row) -> tuple[str, int]:
    return state["billing_interval"], state.get("interval_count") or 1


def _seats_over_paid(company: Company, _: list[Invoice], window: int) -> Iterator[Finding]:
    assert company.as_of
    active: dict[str, int] = defaultdict(int)
    for user, active_on in counted_days(company).items():
        if any(company.as_of - window * ONE_DAY < day <= company.as_of for day in active_on):
            active[account_of(company.users[user])] += 1
    found = []
    for account_id, subscriptions in _last_states(company).items():
        running = [
            (seats(company, state), subscription_id, state)
            for subscription_id, (state, ended) in subscriptions.items()
            if ended is None and state["status"] in IS_BILLED and _seat_price(company, state)
        ]
        if running:
            _, subscription_id, state = min(running, key=lambda x: (-x[0], in_turn(x[1])))
            found.append((account_id, subscription_id, state, sum(have for have, _, _ in running)))
    fits = [active[account_id] <= have for account_id, _, _, have in found]
    doubt = None
    if len(fits) > 1 and 2 * sum(fits) < len(fits) - 1:
        doubt = "most accounts have more active users than seats"
    for account_id, subscription_id, state, have in found:
        if active[account_id] > have:
            yield (
                subscription_id,
                {
                    "account_id": account_id,
                    "subscription_id": subscription_id,
                    "detected_for_date": company.as_of,
                    "amount_cents": (active[account_id] - have) * _seat_price(company, state),
                    "currency": state["currency"],
                    "confidence": _earned([], fits),
                    "doubt": doubt,
                    "evidence": f"{active[account_id]} active users, {have} seats",
                },
            )


def _use_after_end(company: Company, _: list[Invoice], grace: int) -> Iterator[Finding]:
    last_day: dict[str, date] = {}
    for user, active_on in counted_days(company).items():
        account_id = account_of(company.users[user])
        seen = [day for day in active_on if company.as_of and day <= company.as_of]
        last_day[account_id] = max([*seen, last_day.get(account_id, date.min)])
    left = []
    for account_id, subscriptions in _last_states(company).items():
        over = [
            (ended, subscription_id)
            for subscription_id, (_, ended) in subscriptions.items()
            if ended is not None
        ]
        if len(over) < len(subscriptions):
            continue
        last_end = max(ended for ended, _ in over)
        subscription_id = min((c for ended, c in over if ended == last_end), key=in_turn)
        state, _ended = subscriptions[subscription_id]
        amount = half_up(list_price(state) * per_month(state))
        active_until = last_day.get(account_id, date.min)
        if amount:
            is_in_use = active_until > last_end + grace * ONE_DAY
            left.append(
                (account_id, subscription_id, state, last_end, amount, active_until, is_in_use)
            )
    stay_away = [not each[-1] for each in left if _was_customer(company, each[0])]
    doubt = None
    if len(stay_away) > 1 and 2 * sum(stay_away) < len(stay_away) - 1:
        doubt = "most customers are there after their end"
    for account_id, subscription_id, state, last_end, amount, active_until, is_in_use in left:
        if is_in_use:
            yield (
                subscription_id,
                {
                    "account_id": account_id,
                    "subscription_id": subscription_id,
                    "detected_for_date": last_end,
                    "amount_cents": amount,
                    "currency": state["currency"],
                    "confidence": _earned([], stay_away),
                    "doubt": doubt,
                    "evidence": f"ended {last_end}, active until {active_until}",
                },
            )


def _period(row: Row) -> tuple[datetime | None, datetime | None]:
    """First and last instant billed; none where one of them is unknown or infinite."""
    starts, until = row.get("period_start"), row.get("period_end")
    if starts and until and is_finite(starts) and is_finite(until):
        return starts, until
    return None, None


def _order(part: Part) -> tuple:
    return part.starts, *_issue(part)


def _issue(part: Part) -> tuple:
    return part.invoice.row["issued_at"], *in_turn(part.invoice.row["invoice_id"])


@cache
def _changes(company: Company) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for change in company.tables["subscription_changes"]:
        found[change["subscription_id"]].append(change)
    for rows in found.values():
        rows.sort(key=in_order)
    return found


def _last_of_days(company: Company, subscription_id: str) -> dict[date, Row]:
    """The state of a subscription at the close of each day on which it changed, up to as-of."""
    found = {}
    for change in _changes(company).get(subscription_id, []):
        day = local_date(change["changed_at"], company.params)
        if company.as_of and day <= company.as_of:
            found[day] = change
    return found


def _states(company: Company, subscription_id: str) -> dict[date, tuple[Row, bool]]:
    """The state of a subscription at the close of every day, and whether it is over by then."""
    last_of_day = _last_of_days(company, subscription_id)
    over = ends(company, company.subscriptions[subscription_id], last_of_day)
    found: dict[date, tuple[Row, bool]] = {}
    if last_of_day and company.as_of:
        for day in days(min(last_of_day), company.as_of):
            state = last_of_day.get(day) or found[day - ONE_DAY][0]
            found[day] = (state, any(end <= day < until for end, until in over))
    return found


def _last_states(company: Company) -> dict[str, dict[str, tuple[Row, date | None]]]:
    """Per payer and subscription: the state at as-of, and since when it is over."""
    found: dict[str, dict[str, tuple[Row, date | None]]] = defaultdict(dict)
    for subscription_id, subscription in company.subscriptions.items():
        last_of_day = _last_of_days(company, subscription_id)
        if last_of_day and company.as_of:
            last = max(last_of_day)
            over = [
                end
                for end, until in ends(company, subscription, last_of_day)
                if end <= company.as_of and last < until
            ]
            state = last_of_day[last]
            ended = min(over) if over else last if state["status"] == "canceled" else None
            # a subscription that ended before its first day closed does not count
            if ended is None or ended > min(last_of_day):
                found[payer(company, subscription)][subscription_id] = (state, ended)
    return found


def _later(day: date, state: Row, intervals: int) -> date:
    interval, count = _interval(state)
    if interval in DAYS:
        return day + DAYS[interval] * count * intervals * ONE_DAY
    return add_months(day, MONTHS[interval] * count * intervals)


def _discounts_on(company: Company, state: Row, day: date) -> tuple[Decimal, int]:
    ends_at = state.get("discount_ends_at")
    if ends_at is not None and day >= local_date(ends_at, company.params):
        return Decimal(0), 0
    return discounts(state)


def _price(state: Row, percent: Decimal, amount_off: int) -> int:
    return max(half_up(list_price(state) * (1 - Fraction(percent) / 100)) - amount_off, 0)


def _included_seats(company: Company, state: Row) -> int:
    """Seats that one unit of the quantity includes."""
    for plan in company.reference.get("plans", []):
        if plan["plan_id"] == state["plan_id"]:
            return int(plan.get("included_seats") or 1)
    return 1


def seats(company: Company, state: Row) -> int:
    """Seats of a subscription in this state."""
    return int(state["quantity"]) * _included_seats(company, state)


def _seat_price(company: Company, state: Row) -> int:
    included = _included_seats(company, state)
    return half_up(state["unit_amount"] * per_month(state) / included) if included else 0


RULES: dict[str, Callable[[Company, list[Invoice], int], Iterator[Finding]]] = {
    "invoice_overdue": _invoice_overdue,
    "payment_not_recovered": _payment_not_recovered,
    "paid_less": _paid_less,
    "discount_after_end": _discount_after_end,
    "billed_less": _billed_less,
    "period_not_invoiced": _period_not_invoiced,
    "seats_over_paid": _seats_over_paid,
    "use_after_end": _use_after_end,
}
