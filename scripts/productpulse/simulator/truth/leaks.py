"""The true leaks: money that was owed and did not come, each with the rule that should find it."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import catalogue
from productpulse.simulator import world as w
from productpulse.simulator.billing import (
    BILLED_LESS,
    DISCOUNT_AFTER_END,
    NOT_INVOICED,
    PAID,
    PAID_LESS,
    Bills,
    invoice_keys,
)
from productpulse.simulator.contracts import Changes, Contracts, payer_keys, subscription_keys
from productpulse.simulator.instants import DAY, NEVER
from productpulse.simulator.tables import words

# A failed payment is given so long to recover.
DAYS_TO_RECOVER = 14

COLUMNS = (
    "rule_id", "account_id", "subscription_id", "invoice_id", "detected_for_date", "amount_cents",
    "currency",
)  # fmt: skip


def leaks(
    world: w.World,
    made: Contracts,
    changes: Changes,
    billed: Bills,
    accounts: int,
    used_after_end: np.ndarray,
    until: int,
) -> pa.Table:
    """`leaks`, as of `until`: one row per bill, or contract, and rule; the amount in minor units of
    the currency. `used_after_end`: payers whose people came after their last contract was over.

    A bill has one leak at most. Seats count as missing by the members of the account; whether so
    many come is another question. Use after the end costs what a month of it used to cost.
    """
    written = (billed.issued < until) & (billed.leak != NOT_INVOICED)
    unpaid = written & (billed.settled >= until)
    unpaid |= written & (billed.status != PAID) & (billed.settled < until)
    not_recovered = unpaid & (billed.failed < until - DAYS_TO_RECOVER * DAY)
    overdue = unpaid & (billed.failed >= until) & (billed.due < until)
    short = billed.contracted - billed.amount
    by_rule = [
        ("invoice_overdue", overdue, billed.amount, billed.due),
        ("payment_not_recovered", not_recovered, billed.amount, billed.failed),
        (
            "period_not_invoiced",
            (billed.leak == NOT_INVOICED) & (billed.issued < until),
            billed.contracted,
            billed.issued,
        ),
        ("billed_less", written & (billed.leak == BILLED_LESS), short, billed.issued),
        ("discount_after_end", written & (billed.leak == DISCOUNT_AFTER_END), short, billed.issued),
        (
            "paid_less",
            written & (billed.leak == PAID_LESS) & (billed.settled < until),
            billed.amount - billed.paid_amount,
            np.where(billed.settled == NEVER, 0, billed.settled),
        ),
    ]
    parts = []
    for rule, which, amount, at in by_rule:
        rows = np.flatnonzero(which & (amount > 0))
        invoice = invoice_keys(rows)
        if rule == "period_not_invoiced":
            invoice = pa.nulls(len(rows), pa.string())
        parts.append(
            _table(made, accounts, rule, billed.contract[rows], invoice, at[rows], amount[rows])
        )

    # Contracts by their last state before `until`.
    state = np.searchsorted(changes.contract, np.arange(len(made)), side="right") - 1
    price = changes.unit_amount[state] * changes.quantity[state]
    price = np.where(made.interval == 1, price // 12, price)
    runs = (made.created < until) & (made.ended >= until)
    missing = made.members - changes.quantity[state]
    few = np.flatnonzero(made.few_seats & runs & (missing > 0) & (changes.unit_amount[state] > 0))
    none = pa.nulls(len(few), pa.string())
    amount = missing[few] * (price // np.maximum(changes.quantity[state], 1))[few]
    at = np.full(len(few), until - 1)
    parts.append(_table(made, accounts, "seats_over_paid", few, none, at, amount))

    order = np.lexsort((made.ended, made.payer))
    is_last = np.append(np.diff(made.payer[order]) != 0, True)[: len(order)]
    last = np.sort(order[is_last])
    used = last[np.isin(made.payer[last], used_after_end) & (made.ended[last] < until)]
    used = used[price[used] > 0]
    none = pa.nulls(len(used), pa.string())
    parts.append(_table(made, accounts, "use_after_end", used, none, made.ended[used], price[used]))
    return pa.concat_tables(parts)


def _table(
    made: Contracts,
    accounts: int,
    rule: str,
    contract: np.ndarray,
    invoice: pa.Array,
    at: np.ndarray,
    amount: np.ndarray,
) -> pa.Table:
    account, user = payer_keys(made.payer[contract], accounts)
    codes = [currency.code for currency in catalogue.CURRENCIES]
    columns = [
        pa.repeat(rule, len(contract)),
        pc.coalesce(account, user),
        subscription_keys(contract),
        invoice,
        pa.array((at // DAY).astype("M8[D]")),
        pa.array(amount),
        words(codes, made.currency[contract]),
    ]
    return pa.table(dict(zip(COLUMNS, columns, strict=True)))
