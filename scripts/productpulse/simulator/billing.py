"""Bills and what becomes of them, leaks included."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from productpulse.simulator import catalogue, draw
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
from productpulse.simulator.instants import DAY, HOUR, MINUTE, NEVER, SECOND
from productpulse.simulator.tables import Rows, Update, frame, keys, words

INVOICE_STATUSES = ("open", "paid", "void", "uncollectible")
OPEN, PAID, VOID, UNCOLLECTIBLE = range(4)
KINDS = ("charge", "refund", "chargeback", "credit_note")
CHARGE, REFUND, CHARGEBACK, CREDIT_NOTE = range(4)
PAYMENT_STATUSES = ("succeeded", "failed", "pending")
SUCCEEDED, FAILED, PENDING = range(3)
FAILURES = ("card_declined", "insufficient_funds", "expired_card", "processing_error")

# What may be wrong with a bill, one thing at most. The first five befall some bills by chance.
LEAKS = (
    "period_not_invoiced", "billed_less", "invoice_overdue", "payment_not_recovered", "paid_less",
    "discount_after_end",
)  # fmt: skip
NOT_INVOICED, BILLED_LESS, OVERDUE, NOT_RECOVERED, PAID_LESS, DISCOUNT_AFTER_END, NONE = range(7)


@dataclass(frozen=True)
class Bills:
    """One entry per period or part of one that is to be billed, oldest first.

    `change`: the state of the contract that is billed. `contracted`: what it should cost, `amount`:
    what is billed, `paid_amount`: what is paid in the end. `settled`: when the bill got its last
    `status`, NEVER while it is open. `failed`: the first failed attempt. `leak`: see LEAKS.
    """

    key: draw.Keys
    contract: np.ndarray
    change: np.ndarray
    issued: np.ndarray
    period_end: np.ndarray
    due: np.ndarray
    contracted: np.ndarray
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
    """One entry per attempt or refund, oldest first; `bill` is a position in Bills."""

    bill: np.ndarray
    at: np.ndarray
    kind: np.ndarray
    status: np.ndarray
    amount: np.ndarray
    failure: np.ndarray


def _price(changes: Changes, which: np.ndarray, at: np.ndarray) -> np.ndarray:
    """What a whole period costs in a state, rounded half up to the minor unit."""
    off = np.where(changes.discount_ends[which] > at, changes.discount[which], 0)
    return _discounted(changes, which, off)


def _discounted(changes: Changes, which: np.ndarray, percent: np.ndarray) -> np.ndarray:
    per_thousand = 1000 - np.round(percent * 10).astype(np.int64)
    full = changes.quantity[which] * changes.unit_amount[which]
    return (full * per_thousand + 500) // 1000


def _state_at(changes: Changes, contract: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Position of the last change of each contract at or before an instant (whole seconds)."""
    known = (changes.contract << 32) + changes.at // SECOND
    return np.searchsorted(known, (contract << 32) + at // SECOND, side="right") - 1


def _periods(world: w.World, made: Contracts, changes: Changes) -> dict[str, np.ndarray]:
    """What is to be billed: each period at its start while a contract is active, and the rest of a
    period when the contract grows within it."""
    months = MONTHS_OF_INTERVAL[made.interval]
    until = np.minimum(made.ended, world.end) - SECOND
    begun = made.anchor <= until
    periods = np.where(begun, period_at(made.anchor, months, np.maximum(until, made.anchor)) + 1, 0)
    contract = np.repeat(np.arange(len(made)), periods)
    number = np.arange(len(contract)) - np.repeat(np.cumsum(periods) - periods, periods)
    issued = period_start(made.anchor[contract], months[contract], number)
    change = _state_at(changes, contract, issued)
    whole = {
        "key": draw.children(draw.family(made.key, "bill")[contract], number),
        "contract": contract,
        "change": change,
        "issued": issued,
        "period_end": period_start(made.anchor[contract], months[contract], number + 1),
        "contracted": _price(changes, change, issued),
    }
    is_due = (whole["contracted"] > 0) & np.isin(changes.status[change], (ACTIVE, PAST_DUE))

    grown = np.arange(1, len(changes))
    of, at = changes.contract[grown], changes.at[grown]
    grows = changes.contract[grown - 1] == of
    grows &= (changes.status[grown] == ACTIVE) & (changes.status[grown - 1] == ACTIVE)
    grown, of, at = (values[grows & (at > made.anchor[of])] for values in (grown, of, at))
    number = period_at(made.anchor[of], months[of], at)
    begins = period_start(made.anchor[of], months[of], number)
    ends = period_start(made.anchor[of], months[of], number + 1)
    growth = _price(changes, grown, at) - _price(changes, grown - 1, at)
    rest = {
        "key": draw.children(draw.family(made.key, "growth bill")[of], at // SECOND),
        "contract": of,
        "change": grown,
        "issued": at,
        "period_end": ends,
        "contracted": np.round(growth * ((ends - at) / (ends - begins))).astype(np.int64),
    }
    is_rest = (rest["contracted"] > 0) & (at != begins)
    columns = {name: np.concatenate([whole[name][is_due], rest[name][is_rest]]) for name in whole}
    columns["is_whole"] = np.repeat([True, False], [is_due.sum(), is_rest.sum()])
    order = np.lexsort((columns["key"], columns["issued"]))
    return {name: values[order] for name, values in columns.items()}


def _leaks(world: w.World, made: Contracts, changes: Changes, to_bill: dict) -> np.ndarray:
    """What goes wrong with each bill; only where the contract is active and the bill whole."""
    rates = world.leaks
    shares = (
        rates.period_not_invoiced, rates.billed_less, rates.invoice_overdue,
        rates.payment_not_recovered, rates.paid_less,
    )  # fmt: skip
    change = to_bill["change"]
    leak = np.searchsorted(np.cumsum(shares), draw.uniform(to_bill["key"], "leak"), side="right")
    leak = np.where(leak == len(shares), NONE, leak)
    forgotten = draw.chance(made.key, "coupon is forgotten", rates.discount_after_end)
    late = forgotten[to_bill["contract"]] & (changes.discount[change] > 0)
    late &= changes.discount_ends[change] <= to_bill["issued"]
    leak = np.where(late, DISCOUNT_AFTER_END, leak)
    can = to_bill["is_whole"] & (changes.status[change] == ACTIVE) & (to_bill["contracted"] >= 100)
    return np.where(can, leak, NONE)


def bills(world: w.World, made: Contracts, changes: Changes) -> tuple[Bills, Payments]:
    """All bills, those too that were never written, and all attempts to collect them."""
    rates = world.billing
    to_bill = _periods(world, made, changes)
    leak = _leaks(world, made, changes, to_bill)
    key, contract, change = to_bill["key"], to_bill["contract"], to_bill["change"]
    issued, contracted = to_bill["issued"], to_bill["contracted"]
    amount = np.where(leak == BILLED_LESS, contracted * 7 // 10, contracted)
    late = leak == DISCOUNT_AFTER_END
    amount[late] = _discounted(changes, change[late], changes.discount[change[late]])
    paid_amount = np.where(leak == PAID_LESS, amount * 8 // 10, amount)

    yearly = made.interval[contract] == 1
    by_transfer = yearly & draw.chance(key, "pays by transfer", 0.6)
    by_transfer |= leak == OVERDUE
    due = issued + np.where(yearly, rates.yearly_due_days, rates.due_days) * DAY

    # A bill issued while the contract is past due is paid when, and if, the contract recovers.
    following = np.minimum(change + 1, len(changes) - 1)
    has_next = (changes.contract[following] == contract) & (following > change)
    next_at = np.where(has_next, changes.at[following], NEVER)
    failing = changes.status[change] == PAST_DUE
    recovers = failing & has_next & (changes.status[following] == ACTIVE)
    never = (leak == OVERDUE) | (leak == NOT_RECOVERED) | (leak == NOT_INVOICED)

    normal = ~failing & ~never
    retried = normal & ~by_transfer & draw.chance(key, "is retried", rates.retried)
    promptly = issued + draw.between(key, "promptly", SECOND, 20 * MINUTE)
    transfer = issued + draw.between(key, "transfer", 3 * DAY, 36 * DAY)
    second_try = issued + draw.between(key, "second try", 1 * DAY, 4 * DAY)
    paid = np.where(by_transfer, transfer, np.where(retried, second_try, promptly))
    paid = np.where(normal, paid, np.where(recovers, next_at, NEVER))
    paid = np.where(paid < world.end, paid, NEVER)
    lost = failing & has_next & ~recovers
    status = np.where(paid != NEVER, PAID, np.where(lost, UNCOLLECTIBLE, OPEN))

    fails = failing | (leak == NOT_RECOVERED)
    billed = Bills(
        key=key,
        contract=contract,
        change=change,
        issued=issued,
        period_end=to_bill["period_end"],
        due=due,
        contracted=contracted,
        amount=amount,
        paid_amount=paid_amount,
        status=status,
        settled=np.where(status == PAID, paid, np.where(lost, next_at, NEVER)),
        failed=np.where(
            (fails & (promptly < np.where(failing, next_at, NEVER))) | retried, promptly, NEVER
        ),
        leak=leak,
    )

    tried: list[tuple[np.ndarray, np.ndarray, int, int, np.ndarray]] = []

    def add(which: np.ndarray, at: np.ndarray, kind: int, outcome: int, sum_: np.ndarray) -> None:
        rows = np.flatnonzero(which & (at < world.end) & (leak != NOT_INVOICED))
        tried.append((rows, at[rows], kind, outcome, sum_[rows]))

    add(paid != NEVER, paid, CHARGE, SUCCEEDED, paid_amount)
    gives_up = np.where(failing, next_at, NEVER)
    for days in rates.retry_days:
        at = promptly + days * DAY
        add(fails & (at < gives_up), at, CHARGE, FAILED, amount)
    add(retried, promptly, CHARGE, FAILED, amount)
    # A transfer that was announced but has not arrived.
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
        bill=rows,
        at=at,
        kind=np.repeat([t[2] for t in tried], sizes),
        status=outcome,
        amount=np.concatenate([t[4] for t in tried]),
        failure=np.where(outcome == FAILED, failure, -1),
    )
    order = np.lexsort((payments.kind, payments.bill, payments.at))
    return billed, Payments(**{name: v[order] for name, v in vars(payments).items()})


def invoice_keys(numbers: np.ndarray) -> pa.Array:
    """Keys of bills, numbered from 0."""
    return keys("inv_", numbers + 1, 8)


def billing_rows(
    world: w.World, made: Contracts, billed: Bills, paid: Payments, accounts: int
) -> dict[str, Rows]:
    """The raw tables `invoices` and `payments`."""
    currencies = [currency.code for currency in catalogue.CURRENCIES]
    written = np.flatnonzero(billed.leak != NOT_INVOICED)
    # Now and then a bill is written twice, and the first one taken back within the hour.
    mistaken = written[draw.chance(billed.key[written], "is written twice", world.billing.void)]
    which = np.concatenate([written, mistaken])
    is_void = np.repeat([False, True], [len(written), len(mistaken)])
    issued = billed.issued[which]
    status = np.where(is_void, VOID, billed.status[which])
    settled = np.where(is_void, issued + HOUR, billed.settled[which])
    void_keys = keys("inv_v", mistaken, 8)
    contract = billed.contract[which]
    invoices = frame("invoices", {
        "invoice_id": pa.concat_arrays([invoice_keys(written), void_keys]),
        "subscription_id": subscription_keys(contract),
        "account_id": payer_keys(made.payer[contract], accounts)[0],
        "issued_at": issued,
        "due_at": billed.due[which],
        "period_start": issued,
        "period_end": billed.period_end[which],
        "amount_due": billed.amount[which],
        "currency": words(currencies, made.currency[contract]),
        "status": words(INVOICE_STATUSES, status),
    })  # fmt: skip
    payments = frame("payments", {
        "payment_id": keys("pay_", np.arange(1, len(paid.bill) + 1), 8),
        "invoice_id": invoice_keys(paid.bill),
        "attempted_at": paid.at,
        "kind": words(KINDS, paid.kind),
        "status": words(PAYMENT_STATUSES, paid.status),
        "amount": paid.amount,
        "currency": words(currencies, made.currency[billed.contract[paid.bill]]),
        "failure_code": words(FAILURES, paid.failure),
    })  # fmt: skip
    return {
        "invoices": Rows(invoices, issued, (Update(settled, {"status": "open"}),)),
        "payments": Rows(payments, paid.at),
    }
