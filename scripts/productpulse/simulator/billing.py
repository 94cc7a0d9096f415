"""Invoices and what happens to them, including leaks."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from productpulse.simulator import catalogue, draw
from productpulse.simulator import world as w
from productpulse.simulator.clock import LOCAL_MONTH, period_at, period_start, whole_period_start
from productpulse.simulator.instants import DAY, HOUR, MINUTE, NEVER, SECOND
from productpulse.simulator.subscriptions import (
    ACTIVE,
    PAST_DUE,
    PAUSED,
    UNPAID,
    Changes,
    Subscriptions,
    are_falls_credited,
    is_orphan,
    payer_keys,
    subscription_keys,
)
from productpulse.simulator.tables import Rows, Update, frame, keys, words

INVOICE_STATUSES = ("open", "paid", "void", "uncollectible")
OPEN, PAID, VOID, UNCOLLECTIBLE = range(4)
KINDS = ("charge", "refund", "chargeback", "credit_note")
CHARGE, REFUND, CHARGEBACK, CREDIT_NOTE = range(4)
PAYMENT_STATUSES = ("succeeded", "failed", "pending")
SUCCEEDED, FAILED, PENDING = range(3)
LINE_KINDS = ("period", "discount", "proration", "credit", "tax")
PERIOD, DISCOUNT, PRORATION, CREDIT, TAX = range(5)
DAYS_TO_WRITE_OFF = 60
FAILURES = ("card_declined", "insufficient_funds", "expired_card", "processing_error")

# What may be wrong with an invoice, at most one thing each. The first five happen by chance.
LEAKS = (
    "period_not_invoiced", "billed_less", "invoice_overdue", "payment_not_recovered", "paid_less",
    "discount_after_end",
)  # fmt: skip
NOT_INVOICED, BILLED_LESS, OVERDUE, NOT_RECOVERED, PAID_LESS, DISCOUNT_AFTER_END, NONE = range(7)


@dataclass(frozen=True)
class Practices:
    """How subscriptions are billed, with one entry for each.

    `biller`: the first of the subscriptions that are billed together, as `of_account`; else itself.
    """

    biller: np.ndarray
    in_arrears: np.ndarray
    of_account: np.ndarray
    with_lines: np.ndarray


@dataclass(frozen=True)
class Parts:
    """One entry per period, or part of one, that must be billed, in the order of their invoices.

    `invoice`: the invoice that it is on. `change`: the state of the subscription that is billed.
    `listed`: its price without discounts, `contracted`: what it should cost, `billed`: what is
    billed.
    """

    key: draw.Keys
    invoice: np.ndarray
    subscription: np.ndarray
    change: np.ndarray
    issued: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    listed: np.ndarray
    contracted: np.ndarray
    is_whole: np.ndarray
    billed: np.ndarray

    def __len__(self) -> int:
        return len(self.key)

    def total(self, of: np.ndarray) -> np.ndarray:
        """The sum of each invoice."""
        sums = np.zeros(self.invoice.max(initial=-1) + 1, np.int64)
        np.add.at(sums, self.invoice, of)
        return sums


@dataclass(frozen=True)
class Invoices:
    """One entry per invoice, oldest first; its contents are `parts`.

    `subscription`: its first. `short`: how much less than contracted is billed. `taken`: what a
    balance paid. `amount`: what is left to pay, `paid_amount`: what is paid in the end. `settled`:
    when the invoice got its last `status`, NEVER while it is open. `failed`: the first failed
    attempt. `leak`: see LEAKS.
    """

    parts: Parts
    key: draw.Keys
    subscription: np.ndarray
    of_account: np.ndarray
    with_lines: np.ndarray
    issued: np.ndarray
    begins: np.ndarray
    period_end: np.ndarray
    due: np.ndarray
    short: np.ndarray
    tax: np.ndarray
    taken: np.ndarray
    amount: np.ndarray
    paid_amount: np.ndarray
    status: np.ndarray
    settled: np.ndarray
    failed: np.ndarray
    leak: np.ndarray

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True)
class Payments:
    """One entry per attempt or refund, oldest first; `invoice` is a position in Invoices."""

    invoice: np.ndarray
    at: np.ndarray
    kind: np.ndarray
    status: np.ndarray
    amount: np.ndarray
    failure: np.ndarray


def _price(changes: Changes, which: np.ndarray, at: np.ndarray) -> np.ndarray:
    """What a whole period costs in a state, rounded half up to the minor unit."""
    holds = changes.discount_ends[which] > at
    return np.where(holds, _discounted(changes, which), _listed(changes, which))


def _listed(changes: Changes, which: np.ndarray) -> np.ndarray:
    return changes.quantity[which] * changes.unit_amount[which]


def _discounted(changes: Changes, which: np.ndarray) -> np.ndarray:
    per_thousand = 1000 - np.round(changes.discount[which] * 10).astype(np.int64)
    off = changes.discount_amount[which]
    return np.maximum((_listed(changes, which) * per_thousand + 500) // 1000 - off, 0)


def _state_at(changes: Changes, subscription: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Position of each subscription's last change at or before an instant (whole seconds)."""
    known = (changes.subscription << 32) + changes.at // SECOND
    return np.searchsorted(known, (subscription << 32) + at // SECOND, side="right") - 1


def practices(world: w.World, made: Subscriptions, accounts: int) -> Practices:
    """The practices of all subscriptions; those that are billed together have the same."""
    rates = world.billing
    _, first, place = np.unique(made.payer, return_index=True, return_inverse=True)
    of_account = draw.chance(made.key[first], "is billed as one", rates.of_account)[place]
    of_account &= (made.payer < accounts) & ~is_orphan(world, made)
    biller = np.where(of_account, first[place], np.arange(len(made)))
    key = made.key[biller]
    return Practices(
        biller=biller,
        in_arrears=draw.chance(key, "is billed in arrears", rates.in_arrears),
        of_account=of_account,
        with_lines=draw.chance(key, "has bills with lines", rates.with_lines),
    )


def _parts(world: w.World, made: Subscriptions, changes: Changes, how: Practices) -> Parts:
    """What must be billed: each period that begins while a subscription is active, and the rest of
    a period in which the subscription grows; when billed in arrears, after the period."""
    months = made.months(np.arange(len(made)))
    until = np.minimum(made.ended, world.end) - SECOND
    begun = made.anchor <= until
    periods = np.where(begun, period_at(made.anchor, months, np.maximum(until, made.anchor)) + 1, 0)
    subscription = np.repeat(np.arange(len(made)), periods)
    number = np.arange(len(subscription)) - np.repeat(np.cumsum(periods) - periods, periods)
    anchor, months_each = made.anchor[subscription], months[subscription]
    begins = period_start(anchor, months_each, number)
    ends = period_start(anchor, months_each, number + 1)
    change = _state_at(changes, subscription, begins)
    days = np.round((ends - whole_period_start(anchor, months_each, number)) / DAY).astype(np.int64)
    left = np.ceil((ends - begins) / DAY).astype(np.int64)
    is_first_part = (months_each == LOCAL_MONTH) & (left < days)
    price = _price(changes, change, begins)
    whole = {
        "key": draw.children(draw.family(made.key, "bill")[subscription], number),
        "subscription": subscription,
        "change": change,
        "begins": begins,
        "ends": ends,
        "listed": _listed(changes, change),
        "contracted": np.where(is_first_part, (2 * price * left + days) // (2 * days), price),
        "is_whole": ~is_first_part,
    }
    is_due = (whole["contracted"] > 0) & np.isin(changes.status[change], (ACTIVE, PAST_DUE))

    grown = np.arange(1, len(changes))
    of, at = changes.subscription[grown], changes.at[grown]
    grows = changes.subscription[grown - 1] == of
    was = changes.status[grown - 1]
    # By local months the rest of one is billed too when a subscription goes on after a pause.
    goes_on = (months[of] == LOCAL_MONTH) & np.isin(was, (PAUSED, UNPAID))
    grows &= (changes.status[grown] == ACTIVE) & ((was == ACTIVE) | goes_on)
    grows &= at > made.anchor[of]
    grown, of, at, goes_on = grown[grows], of[grows], at[grows], goes_on[grows]
    number = period_at(made.anchor[of], months[of], at)
    begins = whole_period_start(made.anchor[of], months[of], number)
    ends = period_start(made.anchor[of], months[of], number + 1)
    growth = _price(changes, grown, at)
    growth -= np.where(goes_on, 0, _price(changes, grown - 1, at))
    contracted = np.round(growth * ((ends - at) / (ends - begins))).astype(np.int64)
    rest = {
        "key": draw.children(draw.family(made.key, "growth bill")[of], at // SECOND),
        "subscription": of,
        "change": grown,
        "begins": at,
        "ends": ends,
        "listed": contracted,
        "contracted": contracted,
        "is_whole": np.zeros(len(grown), bool),
    }
    is_rest = (rest["contracted"] > 0) & (at != begins)
    columns = {name: np.concatenate([whole[name][is_due], rest[name][is_rest]]) for name in whole}
    in_arrears = how.in_arrears[columns["subscription"]]
    columns["issued"] = np.where(in_arrears, columns["ends"], columns["begins"])
    order = np.lexsort((columns["key"], columns["issued"]))
    order = order[columns["issued"][order] < world.end]
    columns = {name: values[order] for name, values in columns.items()}
    return Parts(**columns, invoice=_together(made, how, columns), billed=columns["contracted"])


def _together(made: Subscriptions, how: Practices, parts: dict[str, np.ndarray]) -> np.ndarray:
    """The invoice of each part: one for all subscriptions of an account over the same time."""
    first = np.arange(len(parts["key"]))
    rows = np.flatnonzero(how.of_account[parts["subscription"]])
    subscription = parts["subscription"][rows]
    same = np.column_stack(
        [
            how.biller[subscription],
            made.interval[subscription],
            parts["begins"][rows],
            parts["ends"][rows],
        ]
    )
    _, firsts, place = np.unique(same, axis=0, return_index=True, return_inverse=True)
    first[rows] = rows[firsts][place.ravel()]
    is_first = first == np.arange(len(first))
    return (np.cumsum(is_first) - 1)[first]


def _leaks(
    world: w.World, made: Subscriptions, changes: Changes, parts: Parts, lead: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What goes wrong with each invoice (only active subscriptions and full invoices), and which
    parts have a coupon that was not ended. `lead`: the first part of each invoice."""
    rates = world.leaks
    shares = (
        rates.period_not_invoiced, rates.billed_less, rates.invoice_overdue,
        rates.payment_not_recovered, rates.paid_less,
    )  # fmt: skip
    leak = np.searchsorted(np.cumsum(shares), draw.uniform(parts.key[lead], "leak"), side="right")
    leak = np.where(leak == len(shares), NONE, leak)
    forgotten = draw.chance(made.key, "coupon is forgotten", rates.discount_after_end)
    late = forgotten[parts.subscription] & (changes.discount_ends[parts.change] <= parts.begins)
    leak = np.where(parts.total(late) > 0, DISCOUNT_AFTER_END, leak)
    can = parts.is_whole[lead] & (changes.status[parts.change[lead]] == ACTIVE)
    can &= parts.total(parts.contracted) >= 100
    return np.where(can, leak, NONE), late


def _credits(
    world: w.World,
    made: Subscriptions,
    changes: Changes,
    how: Practices,
    parts: Parts,
    leak: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is credited for the rest of periods that were billed before their price fell: the
    subscription, the time and the amount."""
    fell = np.arange(1, len(changes))
    of, at = changes.subscription[fell], changes.at[fell]
    falls = (changes.subscription[fell - 1] == of) & (changes.status[fell - 1] == ACTIVE)
    falls &= np.isin(changes.status[fell], (ACTIVE, PAUSED)) & (at > made.anchor[of])
    falls &= are_falls_credited(world, made.key)[of] & ~how.in_arrears[of]
    fell, of, at = fell[falls], of[falls], at[falls]
    months = made.months(of)
    number = period_at(made.anchor[of], months, at)
    begins = period_start(made.anchor[of], months, number)
    ends = period_start(made.anchor[of], months, number + 1)
    whole = ends - whole_period_start(made.anchor[of], months, number)
    after = np.where(changes.status[fell] == PAUSED, 0, _price(changes, fell, at))
    fall = np.maximum(_price(changes, fell - 1, at) - after, 0)
    rest, whole = (ends - at) // SECOND, whole // SECOND
    amount = (2 * fall * rest + whole) // (2 * whole)

    written = leak[parts.invoice] != NOT_INVOICED
    anchor, months = made.anchor[parts.subscription], made.months(parts.subscription)
    of_part = period_start(anchor, months, period_at(anchor, months, parts.begins))
    of_periods = written & (parts.begins == of_part)
    known = (parts.subscription[of_periods] << 32) + parts.begins[of_periods] // SECOND
    is_billed = np.isin((of << 32) + begins // SECOND, known) & (at > begins) & (amount > 0)
    return of[is_billed], at[is_billed], amount[is_billed]


def _taken(
    biller: np.ndarray,
    issued: np.ndarray,
    asked: np.ndarray,
    credit_biller: np.ndarray,
    credited: np.ndarray,
    credit: np.ndarray,
) -> np.ndarray:
    """What each invoice takes from the balance of its biller: at most its own amount; the rest is
    left for the next invoice."""
    taken = np.zeros(len(biller), np.int64)
    rows = np.flatnonzero(np.isin(biller, credit_biller) & (asked > 0))
    entries = sorted(
        [(of, at, -1, sum_) for of, at, sum_ in zip(credit_biller, credited, credit, strict=True)]
        + [(biller[row], issued[row], row, asked[row]) for row in rows]
    )
    balance, before = 0, -1
    for of, _, row, sum_ in entries:
        balance, before = (0 if of != before else balance), of
        if row < 0:
            balance += sum_
        else:
            taken[row] = min(balance, sum_)
            balance -= taken[row]
    return taken


def invoices(
    world: w.World, made: Subscriptions, changes: Changes, accounts: int
) -> tuple[Invoices, Payments]:
    """All invoices, also those that were never written, and all attempts to collect them."""
    rates = world.billing
    how = practices(world, made, accounts)
    parts = _parts(world, made, changes, how)
    lead = np.flatnonzero(np.diff(np.maximum.accumulate(parts.invoice), prepend=-1))
    leak, late = _leaks(world, made, changes, parts, lead)
    key, subscription, issued = parts.key[lead], parts.subscription[lead], parts.issued[lead]
    state = _state_at(changes, subscription, issued)
    is_low = leak[parts.invoice] == BILLED_LESS
    asked = np.where(is_low, parts.contracted * 7 // 10, parts.contracted)
    has_coupon = late & (leak[parts.invoice] == DISCOUNT_AFTER_END)
    asked[has_coupon] = _discounted(changes, parts.change[has_coupon])
    parts = replace(parts, billed=asked)
    billed = parts.total(parts.billed)
    with_lines = how.with_lines[subscription]
    tax = np.where(with_lines, np.floor(billed * rates.tax + 0.5), 0).astype(np.int64)
    of, at, credit = _credits(world, made, changes, how, parts, leak)
    written = leak != NOT_INVOICED
    to_pay = np.where(written, billed + tax, 0)
    taken = _taken(how.biller[subscription], issued, to_pay, how.biller[of], at, credit)
    amount = billed + tax - taken
    is_nothing = amount == 0
    leak = np.where(is_nothing & np.isin(leak, (OVERDUE, NOT_RECOVERED, PAID_LESS)), NONE, leak)
    paid_amount = np.where(leak == PAID_LESS, amount * 8 // 10, amount)

    yearly = made.interval[subscription] == 1
    by_transfer = yearly & draw.chance(key, "pays by transfer", 0.6)
    by_transfer |= leak == OVERDUE
    due = issued + np.where(yearly, rates.yearly_due_days, rates.due_days) * DAY

    # An invoice issued while the subscription is past due is paid when, and if, the subscription
    # recovers.
    following = np.minimum(state + 1, len(changes) - 1)
    has_next = (changes.subscription[following] == subscription) & (following > state)
    next_at = np.where(has_next, changes.at[following], NEVER)
    failing = np.isin(changes.status[state], (PAST_DUE, UNPAID)) & ~is_nothing
    recovers = failing & has_next & (changes.status[following] == ACTIVE)
    never = (leak == OVERDUE) | (leak == NOT_RECOVERED) | (leak == NOT_INVOICED)

    normal = ~failing & ~never
    retried = normal & ~by_transfer & draw.chance(key, "is retried", rates.retried)
    promptly = issued + draw.between(key, "promptly", SECOND, 20 * MINUTE)
    transfer = issued + draw.between(key, "transfer", 3 * DAY, 36 * DAY)
    second_try = issued + draw.between(key, "second try", 1 * DAY, 4 * DAY)
    paid = np.where(by_transfer, transfer, np.where(retried, second_try, promptly))
    paid = np.where(normal, paid, np.where(recovers, next_at, NEVER))
    paid = np.where(is_nothing, issued, paid)
    paid = np.where(paid < world.end, paid, NEVER)
    lost = failing & has_next & ~recovers
    given_up = np.where(lost, next_at, due + DAYS_TO_WRITE_OFF * DAY)
    lost |= draw.chance(key, "is written off", rates.written_off) & (given_up < world.end)
    lost &= paid == NEVER
    status = np.where(paid != NEVER, PAID, np.where(lost, UNCOLLECTIBLE, OPEN))

    fails = failing | (leak == NOT_RECOVERED)
    made_invoices = Invoices(
        parts=parts,
        key=key,
        subscription=subscription,
        of_account=how.of_account[subscription],
        with_lines=with_lines,
        issued=issued,
        begins=parts.begins[lead],
        period_end=parts.ends[lead],
        due=due,
        short=parts.total(parts.contracted - parts.billed),
        tax=tax,
        taken=taken,
        amount=amount,
        paid_amount=paid_amount,
        status=status,
        settled=np.where(status == PAID, paid, np.where(lost, given_up, NEVER)),
        failed=np.where(
            (fails & (promptly < np.where(failing, next_at, NEVER))) | retried, promptly, NEVER
        ),
        leak=leak,
    )

    tried: list[tuple[np.ndarray, np.ndarray, int, int, np.ndarray]] = []

    def add(which: np.ndarray, at: np.ndarray, kind: int, outcome: int, sum_: np.ndarray) -> None:
        rows = np.flatnonzero(which & (at < world.end) & written & ~is_nothing)
        tried.append((rows, at[rows], kind, outcome, sum_[rows]))

    add(paid != NEVER, paid, CHARGE, SUCCEEDED, paid_amount)
    gives_up = np.where(failing, next_at, NEVER)
    for days in rates.retry_days:
        at = promptly + days * DAY
        add(fails & (at < gives_up), at, CHARGE, FAILED, amount)
    add(retried, promptly, CHARGE, FAILED, amount)
    # A bank transfer that was announced but has not arrived.
    announced = by_transfer & normal & (paid == NEVER) & draw.chance(key, "is announced", 0.5)
    add(announced, promptly, CHARGE, PENDING, amount)

    back = draw.uniform(key, "comes back")
    part = np.where(draw.chance(key, "whole", 0.5), paid_amount, np.maximum(paid_amount // 3, 1))
    was_paid = paid != NEVER
    after = np.where(was_paid, paid, 0) + draw.between(key, "back after", HOUR, 25 * DAY)
    bounds = np.cumsum([rates.refunded, rates.charged_back, rates.credited])
    for kind, low, high in zip(
        (REFUND, CHARGEBACK, CREDIT_NOTE), (0, *bounds[:2]), bounds, strict=True
    ):
        goes_back = was_paid & (back >= low) & (back < high)
        add(goes_back, after, kind, SUCCEEDED, paid_amount if kind == CHARGEBACK else part)

    rows = np.concatenate([rows for rows, *_ in tried])
    at = np.concatenate([at for _, at, *_ in tried])
    sizes = [len(rows) for rows, *_ in tried]
    outcome = np.repeat([t[3] for t in tried], sizes)
    failure = draw.between(draw.children(key[rows], at // SECOND), "failure", 0, len(FAILURES))
    payments = Payments(
        invoice=rows,
        at=at,
        kind=np.repeat([t[2] for t in tried], sizes),
        status=outcome,
        amount=np.concatenate([t[4] for t in tried]),
        failure=np.where(outcome == FAILED, failure, -1),
    )
    order = np.lexsort((payments.kind, payments.invoice, payments.at))
    return made_invoices, Payments(**{name: v[order] for name, v in vars(payments).items()})


def invoice_keys(numbers: np.ndarray) -> pa.Array:
    """Keys of invoices, numbered from 0."""
    return keys("inv_", numbers + 1, 8)


def billing_rows(
    world: w.World, made: Subscriptions, billed: Invoices, paid: Payments, accounts: int
) -> dict[str, Rows]:
    """The raw tables of invoices, their lines and payments, up to the end of their export."""
    currencies = [currency.code for currency in catalogue.CURRENCIES]
    written = np.flatnonzero((billed.leak != NOT_INVOICED) & (billed.issued < world.billing_end))
    # Sometimes an invoice is written twice, and the first one is voided within the hour.
    mistaken = written[draw.chance(billed.key[written], "is written twice", world.billing.void)]
    which = np.concatenate([written, mistaken])
    is_void = np.repeat([False, True], [len(written), len(mistaken)])
    issued = billed.issued[which]
    status = np.where(is_void, VOID, billed.status[which])
    settled = np.where(is_void, issued + HOUR, billed.settled[which])
    settled = np.where(settled < world.billing_end, settled, NEVER)
    void_keys = keys("inv_v", mistaken, 8)
    subscription = billed.subscription[which]
    invoices = frame("invoices", {
        "invoice_id": pa.concat_arrays([invoice_keys(written), void_keys]),
        "subscription_id": billed_subscriptions(billed, which),
        "account_id": payer_keys(made.payer[subscription], accounts)[0],
        "issued_at": issued,
        "due_at": billed.due[which],
        "period_start": billed.begins[which],
        "period_end": billed.period_end[which],
        "amount_due": billed.amount[which],
        "currency": words(currencies, made.currency[subscription]),
        "status": words(INVOICE_STATUSES, status),
    })  # fmt: skip
    lines = _lines(billed, written)
    tried = np.flatnonzero(paid.at < world.billing_end)
    of = paid.invoice[tried]
    payments = frame("payments", {
        "payment_id": keys("pay_", tried + 1, 8),
        "invoice_id": invoice_keys(of),
        "attempted_at": paid.at[tried],
        "kind": words(KINDS, paid.kind[tried]),
        "status": words(PAYMENT_STATUSES, paid.status[tried]),
        "amount": paid.amount[tried],
        "currency": words(currencies, made.currency[billed.subscription[of]]),
        "failure_code": words(FAILURES, paid.failure[tried]),
    })  # fmt: skip
    rows = {
        "invoices": Rows(invoices, issued, (Update(settled, {"status": "open"}),)),
        "payments": Rows(payments, paid.at[tried]),
    }
    if len(lines["invoice"]):
        subscription = billed.subscription[lines["invoice"]]
        table = frame("invoice_lines", {
            "line_id": keys("lin_", np.arange(1, len(subscription) + 1), 8),
            "invoice_id": invoice_keys(lines["invoice"]),
            "subscription_id": subscription_keys(lines["subscription"], lines["subscription"] < 0),
            "issued_at": billed.issued[lines["invoice"]],
            "kind": words(LINE_KINDS, lines["kind"]),
            "period_start": lines["begins"],
            "period_end": lines["ends"],
            "amount": lines["amount"],
            "currency": words(currencies, made.currency[subscription]),
        })  # fmt: skip
        rows["invoice_lines"] = Rows(table, billed.issued[lines["invoice"]])
    return rows


def billed_subscriptions(billed: Invoices, which: np.ndarray) -> pa.Array:
    """The keys of the subscriptions that invoices name; none in an invoice for the account."""
    return subscription_keys(billed.subscription[which], billed.of_account[which])


def _lines(billed: Invoices, written: np.ndarray) -> dict[str, np.ndarray]:
    """The lines of the invoices that have lines, in their order. `subscription`: -1 for none."""
    has_lines = np.zeros(len(billed), bool)
    has_lines[written] = billed.with_lines[written]
    parts = billed.parts
    of = np.flatnonzero(has_lines[parts.invoice])
    whole = of[parts.is_whole[of]]
    # A coupon that was not ended is still shown; an invoice that is too low is so before coupons.
    forgotten = billed.leak[parts.invoice[whole]] == DISCOUNT_AFTER_END
    price = np.where(forgotten, parts.billed[whole], parts.contracted[whole])
    off = parts.listed[whole] - price
    rest = of[~parts.is_whole[of]]
    has_tax = np.flatnonzero(has_lines & (billed.tax > 0))
    has_credit = np.flatnonzero(has_lines & (billed.taken > 0))
    found = [
        (PERIOD, parts.invoice[whole], whole, parts.billed[whole] + off),
        (DISCOUNT, parts.invoice[whole][off > 0], whole[off > 0], -off[off > 0]),
        (PRORATION, parts.invoice[rest], rest, parts.billed[rest]),
        (TAX, has_tax, np.full(len(has_tax), -1), billed.tax[has_tax]),
        (CREDIT, has_credit, np.full(len(has_credit), -1), -billed.taken[has_credit]),
    ]
    sizes = [len(invoice) for _, invoice, _, _ in found]
    part = np.concatenate([part for _, _, part, _ in found])
    columns = {
        "invoice": np.concatenate([invoice for _, invoice, _, _ in found]),
        "kind": np.repeat([kind for kind, *_ in found], sizes),
        "amount": np.concatenate([amount for *_, amount in found]),
    }
    for name, of_parts, none in (
        ("subscription", parts.subscription, -1),
        ("begins", parts.begins, NEVER),
        ("ends", parts.ends, NEVER),
    ):
        columns[name] = np.where(part < 0, none, of_parts[part] if len(parts) else none)
    order = np.lexsort((part, columns["kind"], columns["invoice"]))
    return {name: values[order] for name, values in columns.items()}
