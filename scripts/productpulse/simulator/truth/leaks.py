"""The true leaks: money that was owed and did not come, each with the rule that must find it."""

from typing import NamedTuple

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
    Invoices,
    billed_subscriptions,
    invoice_keys,
)
from productpulse.simulator.instants import DAY, NEVER
from productpulse.simulator.subscriptions import (
    ACTIVE,
    PAST_DUE,
    Changes,
    Subscriptions,
    is_orphan,
    payer_keys,
    subscription_keys,
)
from productpulse.simulator.tables import words
from productpulse.simulator.truth.ledger import INVOICES_PER_YEAR

# A failed payment has this long to recover, and a user counts as active for this long.
DAYS_TO_RECOVER = 14
DAYS_ACTIVE = 28

COLUMNS = (
    "rule_id", "account_id", "subscription_id", "invoice_id", "detected_for_date", "amount_cents",
    "currency",
)  # fmt: skip


class Use(NamedTuple):
    """How subscriptions were used as of an instant: one entry per payer."""

    payer: np.ndarray
    last_day: np.ndarray
    active_users: np.ndarray


def use(payer: np.ndarray, user: np.ndarray, day: np.ndarray, until: int) -> Use:
    """The use, from the days on which users were active; each pair of user and day comes once."""
    payers, place = np.unique(payer, return_inverse=True)
    last_day = np.zeros(len(payers), np.int64)
    np.maximum.at(last_day, place, day)
    recent = np.flatnonzero(day > (until - 1) // DAY - DAYS_ACTIVE)
    _, first = np.unique(user[recent], return_index=True)
    return Use(payers, last_day, np.bincount(place[recent[first]], minlength=len(payers)))


def together(uses: list[Use], payers: int) -> Use:
    """The use of all blocks of users together, one entry for each payer."""
    last_day, active_users = np.full(payers, -1), np.zeros(payers, np.int64)
    for of in uses:
        np.maximum.at(last_day, of.payer, of.last_day)
        np.add.at(active_users, of.payer, of.active_users)
    return Use(np.arange(payers), last_day, active_users)


def leaks(
    world: w.World,
    made: Subscriptions,
    changes: Changes,
    billed: Invoices,
    accounts: int,
    used: Use,
    until: int,
) -> pa.Table:
    """`leaks` as of `until`: one row per invoice or subscription and rule; the amount in minor
    units of the currency.

    Only what the export of invoices shows is known; an account's invoice names no subscription.
    Where some are billed in arrears, a subscription without an invoice may be one of those until
    its period is over. An invoice has at most one leak. Use after the end costs what a month used
    to cost. A subscription in no file has no users, as far as the data show, and is its own payer.
    """
    shown = min(until, world.billing_end)
    written = (billed.issued < shown) & (billed.leak != NOT_INVOICED)
    unpaid = written & (billed.settled >= shown)
    unpaid |= written & (billed.status != PAID) & (billed.settled < shown)
    not_recovered = unpaid & (billed.failed < shown - DAYS_TO_RECOVER * DAY)
    overdue = unpaid & (billed.failed >= shown) & (billed.due < shown)
    by_rule = [
        ("invoice_overdue", overdue, billed.amount, billed.due),
        ("payment_not_recovered", not_recovered, billed.amount, billed.failed),
        ("billed_less", written & (billed.leak == BILLED_LESS), billed.short, billed.issued),
        (
            "discount_after_end",
            written & (billed.leak == DISCOUNT_AFTER_END),
            billed.short,
            billed.issued,
        ),
        (
            "paid_less",
            written & (billed.leak == PAID_LESS) & (billed.settled < shown),
            billed.amount - billed.paid_amount,
            np.where(billed.settled == NEVER, 0, billed.settled),
        ),
    ]
    parts = []
    for rule, which, amount, at in by_rule:
        rows = np.flatnonzero(which & (amount > 0))
        leaked = _table(
            *(world, made, accounts, rule, billed.subscription[rows], invoice_keys(rows)),
            *(at[rows], amount[rows]),
        )
        place = leaked.schema.get_field_index("subscription_id")
        named = billed_subscriptions(billed, rows)
        parts.append(leaked.set_column(place, "subscription_id", named))

    of = billed.parts
    has_invoice = np.zeros(len(made), bool)
    has_invoice[of.subscription[written[of.invoice]]] = True
    is_known = has_invoice[of.subscription] | (of.ends < shown) | (world.billing.in_arrears == 0)
    is_missing = (billed.leak[of.invoice] == NOT_INVOICED) & (of.issued < shown)
    rows = np.flatnonzero(is_missing & is_known)
    none = pa.nulls(len(rows), pa.string())
    parts.insert(
        2,
        _table(
            *(world, made, accounts, "period_not_invoiced", of.subscription[rows], none),
            *(of.begins[rows], of.contracted[rows]),
        ),
    )

    # Subscriptions by their last state before `until`.
    first = np.searchsorted(changes.subscription, np.arange(len(made)))
    happened = np.bincount(changes.subscription[changes.at < until], minlength=len(made))
    state = first + np.maximum(happened, 1) - 1
    quantity, unit_amount = changes.quantity[state], changes.unit_amount[state]
    unit_price, price = (_per_month(made, each) for each in (unit_amount, unit_amount * quantity))
    known = (made.created < until) & ~is_orphan(world, made)
    runs = known & (made.ended >= until)

    pays = runs & np.isin(changes.status[state], (ACTIVE, PAST_DUE)) & (unit_price > 0)
    largest = _first_of_payers(made, pays, -quantity)
    seats = np.zeros(len(used.payer), np.int64)
    np.add.at(seats, made.payer[pays], quantity[pays])
    missing = (used.active_users - seats)[made.payer[largest]]
    few, missing = largest[missing > 0], missing[missing > 0]
    none, at = pa.nulls(len(few), pa.string()), np.full(len(few), until - 1)
    parts.append(
        _table(world, made, accounts, "seats_over_paid", few, none, at, missing * unit_price[few])
    )

    lasted = known & (made.ended // DAY > made.created // DAY)
    last = _first_of_payers(made, lasted, -np.where(runs, NEVER, made.ended // DAY))
    last = last[~runs[last] & (price[last] > 0)]
    after = last[used.last_day[made.payer[last]] > made.ended[last] // DAY]
    none = pa.nulls(len(after), pa.string())
    parts.append(
        _table(world, made, accounts, "use_after_end", after, none, made.ended[after], price[after])
    )
    return pa.concat_tables(parts)


def _first_of_payers(made: Subscriptions, which: np.ndarray, by: np.ndarray) -> np.ndarray:
    """One of the given subscriptions per payer: the first in the order."""
    rows = np.flatnonzero(which)
    rows = rows[np.lexsort((rows, by[rows], made.payer[rows]))]
    return rows[np.diff(made.payer[rows], prepend=-1) != 0]


def _per_month(made: Subscriptions, price: np.ndarray) -> np.ndarray:
    return (2 * price * INVOICES_PER_YEAR[made.interval] + 12) // 24


def _table(
    world: w.World,
    made: Subscriptions,
    accounts: int,
    rule: str,
    subscription: np.ndarray,
    invoice: pa.Array,
    at: np.ndarray,
    amount: np.ndarray,
) -> pa.Table:
    account, user = payer_keys(made.payer[subscription], accounts)
    codes = [currency.code for currency in catalogue.CURRENCIES]
    is_unknown = pa.array(is_orphan(world, made)[subscription])
    columns = [
        pa.repeat(rule, len(subscription)),
        pc.if_else(is_unknown, subscription_keys(subscription), pc.coalesce(account, user)),
        subscription_keys(subscription),
        invoice,
        pa.array((at // DAY).astype("M8[D]")),
        pa.array(amount),
        words(codes, made.currency[subscription]),
    ]
    return pa.table(dict(zip(COLUMNS, columns, strict=True)))
