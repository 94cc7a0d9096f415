"""Invoices of contracts and the attempts to collect them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from productpulse.simulator import world as w
from productpulse.simulator.clock import period_at, period_start
from productpulse.simulator.contracts import (
    ACTIVE,
    MONTHS_OF_INTERVAL,
    PAST_DUE,
    Changes,
    Contracts,
    payer_keys,
    subscription_keys,
)
from productpulse.simulator.draw import between, stream
from productpulse.simulator.instants import DAY, HOUR, MINUTE, NEVER, SECOND
from productpulse.simulator.tables import frame, keys, words

INVOICE_STATUSES = ("draft", "open", "paid", "void", "uncollectible")
DRAFT, OPEN, PAID, VOID, UNCOLLECTIBLE = range(5)
KINDS = ("charge", "refund", "chargeback", "credit_note")
CHARGE, REFUND, CHARGEBACK, CREDIT_NOTE = range(4)
PAYMENT_STATUSES = ("succeeded", "failed", "pending")
SUCCEEDED, FAILED, PENDING = range(3)
FAILURES = ("card_declined", "insufficient_funds", "expired_card", "processing_error")


@dataclass(frozen=True)
class Bills:
    """One entry per invoice, oldest first. `change`: the state of the contract that is billed."""

    contract: np.ndarray
    change: np.ndarray
    issued: np.ndarray
    period_end: np.ndarray
    amount: np.ndarray

    def __len__(self) -> int:
        return len(self.contract)


@dataclass(frozen=True)
class Payments:
    """One entry per attempt or refund; `bill` is a position in Bills."""

    bill: np.ndarray
    at: np.ndarray
    kind: np.ndarray
    status: np.ndarray
    amount: np.ndarray
    failure: np.ndarray


def _price(changes: Changes, which: np.ndarray, at: np.ndarray) -> np.ndarray:
    """What a whole period costs in a state, rounded half up to the minor unit."""
    off = np.where(changes.discount_ends[which] > at, changes.discount[which], 0)
    per_thousand = 1000 - np.round(off * 10).astype(np.int64)
    full = changes.quantity[which] * changes.unit_amount[which]
    return (full * per_thousand + 500) // 1000


def _state_at(changes: Changes, contract: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Position of the last change of each contract at or before an instant (whole seconds)."""
    known = (changes.contract << 32) + changes.at // SECOND
    return np.searchsorted(known, (contract << 32) + at // SECOND, side="right") - 1


def bills(world: w.World, made: Contracts, changes: Changes) -> Bills:
    """A bill at the start of each period while a contract is active, and one for the rest of the
    period when it grows within it."""
    months = MONTHS_OF_INTERVAL[made.interval]
    until = np.minimum(made.ended, world.end) - SECOND
    begun = made.anchor <= until
    periods = np.where(begun, period_at(made.anchor, months, np.maximum(until, made.anchor)) + 1, 0)
    contract = np.repeat(np.arange(len(made)), periods)
    number = np.arange(len(contract)) - np.repeat(np.cumsum(periods) - periods, periods)
    issued = period_start(made.anchor[contract], months[contract], number)
    change = _state_at(changes, contract, issued)
    whole = Bills(
        contract=contract,
        change=change,
        issued=issued,
        period_end=period_start(made.anchor[contract], months[contract], number + 1),
        amount=_price(changes, change, issued),
    )

    grown = np.arange(1, len(changes))
    of = changes.contract[grown]
    at = changes.at[grown]
    grown, of, at = (
        values[
            (changes.contract[grown - 1] == of)
            & (changes.status[grown] == ACTIVE)
            & (changes.status[grown - 1] == ACTIVE)
            & (at > made.anchor[of])
        ]
        for values in (grown, of, at)
    )
    number = period_at(made.anchor[of], months[of], at)
    begins = period_start(made.anchor[of], months[of], number)
    ends = period_start(made.anchor[of], months[of], number + 1)
    growth = _price(changes, grown, at) - _price(changes, grown - 1, at)
    rest = Bills(
        of, grown, at, ends, np.round(growth * ((ends - at) / (ends - begins))).astype(int)
    )

    status = changes.status
    whole_due = (whole.amount > 0) & np.isin(status[whole.change], (ACTIVE, PAST_DUE))
    rest_due = (rest.amount > 0) & (at != begins)
    columns = {
        name: np.concatenate([getattr(whole, name)[whole_due], getattr(rest, name)[rest_due]])
        for name in vars(whole)
    }
    order = np.lexsort((columns["contract"], columns["issued"]))
    return Bills(**{name: values[order] for name, values in columns.items()})


def collect(
    world: w.World, made: Contracts, changes: Changes, billed: Bills
) -> tuple[np.ndarray, np.ndarray, Payments]:
    """Try to collect each bill. Returns when bills are due, their status, and the payments."""
    rng = stream(world.seed, "payments")
    rates = world.billing
    count = len(billed)
    yearly = made.interval[billed.contract] == 1
    by_transfer = yearly & (rng.random(count) < 0.6)
    due_days = np.where(yearly, rates.yearly_due_days, rates.due_days)
    due = billed.issued + due_days * DAY

    # A bill issued while the contract is past due is paid when, and if, the contract recovers.
    following = np.minimum(billed.change + 1, len(changes) - 1)
    has_next = changes.contract[following] == billed.contract
    has_next &= following > billed.change
    settled = np.where(has_next, changes.at[following], NEVER)
    failing = changes.status[billed.change] == PAST_DUE
    recovers = failing & has_next & (changes.status[following] == ACTIVE)

    luck = rng.random(count)
    void = ~failing & (luck < rates.void)
    never = ~failing & ~void & (luck < rates.void + rates.never_paid)
    retried = ~failing & ~never & ~void & ~by_transfer
    retried &= luck > 1 - rates.retried
    promptly = billed.issued + between(rng, SECOND, 20 * MINUTE, count)
    transfer = billed.issued + between(rng, 3 * DAY, 36 * DAY, count)
    second_try = billed.issued + between(rng, 1 * DAY, 4 * DAY, count)
    paid = np.where(by_transfer, transfer, np.where(retried, second_try, promptly))
    paid = np.where(failing, np.where(recovers, settled, NEVER), paid)
    paid = np.where(never | void, NEVER, paid)
    paid = np.where(paid < world.end, paid, NEVER)
    lost = failing & has_next & ~recovers
    status = np.where(
        paid != NEVER, PAID, np.where(void, VOID, np.where(lost, UNCOLLECTIBLE, OPEN))
    )

    tried: list[tuple[np.ndarray, np.ndarray, int, int, np.ndarray]] = []

    def add(which: np.ndarray, at: np.ndarray, kind: int, outcome: int, amount: np.ndarray) -> None:
        happened = which & (at < world.end)
        rows = np.flatnonzero(happened)
        tried.append((rows, at[rows], kind, outcome, amount[rows]))

    whole = billed.amount
    add(paid != NEVER, paid, CHARGE, SUCCEEDED, whole)
    for days in rates.retry_days:
        at = promptly + days * DAY
        add((failing & (at < settled)) | never, at, CHARGE, FAILED, whole)
    add(retried, promptly, CHARGE, FAILED, whole)
    # A transfer that was announced but has not arrived.
    announced = by_transfer & (paid == NEVER) & ~void & ~never & ~failing
    add(announced & (rng.random(count) < 0.5), promptly, CHARGE, PENDING, whole)

    back = rng.random(count)
    part = np.where(rng.random(count) < 0.5, whole, np.maximum(whole // 3, 1))
    was_paid = paid != NEVER
    after = np.where(was_paid, paid, 0) + between(rng, HOUR, 25 * DAY, count)
    refunded = was_paid & (back < rates.refunded)
    charged_back = was_paid & ~refunded & (back < rates.refunded + rates.charged_back)
    share = rates.refunded + rates.charged_back + rates.credited
    credited = was_paid & ~refunded & ~charged_back & (back < share)
    add(refunded, after, REFUND, SUCCEEDED, part)
    add(charged_back, after, CHARGEBACK, SUCCEEDED, whole)
    add(credited, after, CREDIT_NOTE, SUCCEEDED, part)

    bill = np.concatenate([rows for rows, *_ in tried])
    at = np.concatenate([at for _, at, *_ in tried])
    sizes = [len(rows) for rows, *_ in tried]
    outcome = np.repeat([t[3] for t in tried], sizes)
    payments = Payments(
        bill=bill,
        at=at,
        kind=np.repeat([t[2] for t in tried], sizes),
        status=outcome,
        amount=np.concatenate([t[4] for t in tried]),
        failure=np.where(outcome == FAILED, rng.integers(0, len(FAILURES), len(bill)), -1),
    )
    order = np.lexsort((payments.bill, payments.at))
    return due, status, Payments(**{name: v[order] for name, v in vars(payments).items()})


def billing_tables(
    world: w.World, made: Contracts, changes: Changes, accounts: int
) -> dict[str, pa.Table]:
    """The raw tables `invoices` and `payments`."""
    billed = bills(world, made, changes)
    due, status, paid = collect(world, made, changes, billed)
    currencies = [currency.code for currency in w.CURRENCIES]
    invoice_id = keys("inv_", np.arange(1, len(billed) + 1), 8)
    return {
        "invoices": frame("invoices", {
            "invoice_id": invoice_id,
            "subscription_id": subscription_keys(billed.contract),
            "account_id": payer_keys(made.payer[billed.contract], accounts)[0],
            "issued_at": billed.issued,
            "due_at": due,
            "period_start": billed.issued,
            "period_end": billed.period_end,
            "amount_due": billed.amount,
            "currency": words(currencies, made.currency[billed.contract]),
            "status": words(INVOICE_STATUSES, status),
        }),
        "payments": frame("payments", {
            "payment_id": keys("pay_", np.arange(1, len(paid.bill) + 1), 8),
            "invoice_id": invoice_id.take(pa.array(paid.bill)),
            "attempted_at": paid.at,
            "kind": words(KINDS, paid.kind),
            "status": words(PAYMENT_STATUSES, paid.status),
            "amount": paid.amount,
            "currency": words(currencies, made.currency[billed.contract[paid.bill]]),
            "failure_code": words(FAILURES, paid.failure),
        }),
    }  # fmt: skip
