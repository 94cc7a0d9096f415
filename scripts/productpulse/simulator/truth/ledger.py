"""The true ledger: the MRR of every subscription at the close of each day, and every movement of
it.

In cents of US dollars, with the default policies, which docs/decisions/revenue.md describes.
"""

import csv
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.paths import project_root
from productpulse.simulator import catalogue
from productpulse.simulator import world as w
from productpulse.simulator.instants import DAY, NEVER, day_number
from productpulse.simulator.subscriptions import (
    ACTIVE,
    CANCELED,
    PAST_DUE,
    PAUSED,
    UNPAID,
    Changes,
    Subscriptions,
    is_orphan,
    payer_keys,
    subscription_keys,
)

GRACE_DAYS = 30
RATE_UNIT = 10**6  # the rates of the seed have six decimals at most
CENTS = 100  # of the reporting currency
# Invoices per twelve months, by interval: how a price becomes one of a month.
INVOICES_PER_YEAR = np.array(
    [{0: 52}.get(i.months, 12 // max(i.months, 1)) for i in catalogue.INTERVALS]
)
NO_REASON, VOLUNTARY, INVOLUNTARY, PAUSE = range(4)
REASONS = ("", "voluntary", "involuntary", "pause")
TYPES = ("new", "reactivation", "expansion", "contraction", "churn", "fx")
NEW, REACTIVATION, EXPANSION, CONTRACTION, CHURN, FX = range(6)


def mrr_movements(
    world: w.World, made: Subscriptions, changes: Changes, accounts: int, until: int
) -> pa.Table:
    """`mrr_movements`: date, account_id, movement_type, reason and signed amount_cents."""
    last = (until - 1) // DAY
    subscription, day, native, status, before = _closes(made, changes, last)
    currency = made.currency[subscription]
    subscription, day, native, status, before, currency = _with_months(
        subscription, day, native, status, before, currency, last
    )
    cents = _converted(native, currency, day)
    is_first = np.diff(subscription, prepend=-1) != 0
    native_then = np.where(is_first, 0, np.roll(native, 1))
    cents_then = np.where(is_first, 0, np.roll(cents, 1))
    at_new_rate = _converted(native_then, currency, day)
    fx = at_new_rate - cents_then
    change = cents - at_new_rate
    left = (native_then > 0) & (native == 0)
    lost = (status == UNPAID) | (status == PAST_DUE)
    lost |= (status == CANCELED) & np.isin(before, (PAST_DUE, UNPAID))
    reason = np.where(status == PAUSED, PAUSE, np.where(lost, INVOLUNTARY, VOLUNTARY))

    payer = _payer(world, made)[subscription]
    # Of what leaves on a day, the largest comes first; among equals the lowest id.
    order = np.lexsort((subscription, np.where(left, -at_new_rate, 1), day, payer))
    payer, day, fx, change = payer[order], day[order], fx[order], change[order]
    left, reason = left[order], reason[order]
    starts = np.flatnonzero((np.diff(payer, prepend=-1) != 0) | (np.diff(day, prepend=-1) != 0))
    if not len(starts):
        return _table(world, made, accounts, *(np.zeros(0, np.int64),) * 5)
    payer, day = payer[starts], day[starts]
    first_reason = np.where(left[starts], reason[starts], VOLUNTARY)
    fx, change = np.add.reduceat(fx, starts), np.add.reduceat(change, starts)
    closing = _running(payer, fx + change)
    opening = closing - fx - change
    paid = _running(payer, (closing > 0).astype(np.int64)) - (closing > 0) > 0
    kind = np.where(
        closing == 0,
        CHURN,
        np.where(
            opening + fx > 0,
            np.where(change > 0, EXPANSION, CONTRACTION),
            np.where(paid, REACTIVATION, NEW),
        ),
    )
    moved, revalued = np.flatnonzero(change), np.flatnonzero(fx)
    return _table(
        world,
        made,
        accounts,
        np.concatenate([payer[moved], payer[revalued]]),
        np.concatenate([day[moved], day[revalued]]),
        np.concatenate([kind[moved], np.full(len(revalued), FX)]),
        np.concatenate(
            [
                np.where(kind[moved] == CHURN, first_reason[moved], NO_REASON),
                np.full(len(revalued), NO_REASON),
            ]
        ),
        np.concatenate([change[moved], fx[revalued]]),
    )


def _closes(made: Subscriptions, changes: Changes, last: int) -> tuple[np.ndarray, ...]:
    """Subscription, day, monthly price in its currency, status, and status at the previous close,
    for each day up to `last` on which one of them changes."""
    day = changes.at // DAY
    is_close = np.append(
        (np.diff(changes.subscription) != 0) | (np.diff(day) != 0), True
    )  # the last change of its day
    at_close = np.flatnonzero(is_close & (day <= last))
    subscription, day, status = (
        changes.subscription[at_close],
        day[at_close],
        changes.status[at_close],
    )
    is_first = np.diff(subscription, prepend=-1) != 0
    before = np.where(is_first, -1, np.roll(status, 1))
    ends = np.append(np.where(is_first[1:], NEVER, day[1:]), NEVER)[: len(day)]

    # An interval of past due begins where the state before was another one.
    begins = (status == PAST_DUE) & (before != PAST_DUE)
    interval = np.maximum.accumulate(np.where(begins | is_first, np.arange(len(day)), 0))
    lapse = day[interval] + GRACE_DAYS
    discount_over = np.where(
        changes.discount_ends[at_close] == NEVER, NEVER, changes.discount_ends[at_close] // DAY
    )
    row = np.arange(len(day))
    breaks = [(row, day)]
    for edge in (np.where(status == PAST_DUE, lapse, NEVER), discount_over):
        inside = (edge > day) & (edge < ends) & (edge <= last)
        breaks.append((row[inside], edge[inside]))
    row = np.concatenate([rows for rows, _ in breaks])
    at = np.concatenate([days for _, days in breaks])
    order = np.lexsort((at, row))
    row, at = row[order], at[order]
    distinct = (np.diff(row, prepend=-1) != 0) | (np.diff(at, prepend=-1) != 0)
    row, at = row[distinct], at[distinct]

    counts = (status[row] == ACTIVE) | ((status[row] == PAST_DUE) & (at < lapse[row]))
    source = at_close[row]
    is_discounted = at < discount_over[row]
    percent = np.where(is_discounted, changes.discount[source], 0)
    share = 1000 - np.round(percent * 10).astype(np.int64)
    price = changes.quantity[source] * changes.unit_amount[source] * share
    price -= np.where(is_discounted, changes.discount_amount[source], 0) * 1000
    price = np.maximum(price, 0)
    invoices = INVOICES_PER_YEAR[made.interval[subscription[row]]]
    native = np.where(counts, _half_up(price * invoices, 12_000), 0)
    # Within a state the previous status is the same, except on the day on which the state begins.
    then = np.where(at == day[row], before[row], status[row])
    return subscription[row], at, native, status[row], then


def _with_months(
    subscription: np.ndarray,
    day: np.ndarray,
    native: np.ndarray,
    status: np.ndarray,
    before: np.ndarray,
    currency: np.ndarray,
    last: int,
) -> tuple[np.ndarray, ...]:
    """The same, plus a row for each start of a month at which a foreign price is revalued."""
    following = np.append(np.where(np.diff(subscription) != 0, last + 1, day[1:]), last + 1)[
        : len(day)
    ]
    first = _month(day) + 1
    months = np.maximum(_month(following - 1) - first + 1, 0)
    months = np.where((currency > 0) & (native > 0), months, 0)
    row = np.repeat(np.arange(len(day)), months)
    number = np.arange(len(row)) - np.repeat(np.cumsum(months) - months, months)
    start = (first[row] + number).astype("M8[M]").astype("M8[D]").astype(np.int64)
    columns = [
        np.concatenate([values, values[row]]) for values in (subscription, native, status, currency)
    ]
    subscription, native, status, currency = columns
    day = np.concatenate([day, start])
    before = np.concatenate([before, status[len(before) :]])
    order = np.lexsort((day, subscription))
    return tuple(v[order] for v in (subscription, day, native, status, before, currency))


@cache
def _rates() -> tuple[list[np.ndarray], list[np.ndarray], list[int]]:
    """For each currency of the catalogue: the months of its rates, the rates, and its digits."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    path = project_root() / "seeds" / "exchange_rates.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            month = int(_month(np.array([day_number(date.fromisoformat(row["month"]))]))[0])
            rate = round(float(row["rate"]) * RATE_UNIT)
            digits = int(row["minor_unit_digits"] or 2)
            found.setdefault(row["currency"], []).append((month, rate, digits))
    months, rates, digits_of = [], [], []
    for currency in catalogue.CURRENCIES:
        rows = sorted(found[currency.code])
        months.append(np.array([month for month, _, _ in rows]))
        rates.append(np.array([rate for _, rate, _ in rows]))
        digits_of.append(rows[0][2])
    return months, rates, digits_of


def _converted(native: np.ndarray, currency: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Cents at the rate of each day's month."""
    cents = native.copy()
    months, rates, digits = _rates()
    for code in range(1, len(catalogue.CURRENCIES)):
        rows = np.flatnonzero(currency == code)
        place = np.searchsorted(months[code], _month(day[rows]), side="right") - 1
        rate = rates[code][np.maximum(place, 0)]
        cents[rows] = _half_up(native[rows] * rate * CENTS, RATE_UNIT * 10 ** digits[code])
    return cents


def _payer(world: w.World, made: Subscriptions) -> np.ndarray:
    """The payer as the files show it: a subscription in no file is its own payer, numbered after
    all others."""
    beyond = made.payer.max(initial=0) + 1
    return np.where(is_orphan(world, made), beyond + np.arange(len(made)), made.payer)


def _table(
    world: w.World,
    made: Subscriptions,
    accounts: int,
    payer: np.ndarray,
    day: np.ndarray,
    kind: np.ndarray,
    reason: np.ndarray,
    amount: np.ndarray,
) -> pa.Table:
    beyond = made.payer.max(initial=0) + 1
    is_known = payer < beyond
    account, user = payer_keys(np.where(is_known, payer, 0), accounts)
    own = subscription_keys(np.where(is_known, 0, payer - beyond))
    who = pc.if_else(pa.array(is_known), pc.coalesce(account, user), own)
    return pa.table({
        "date": pa.array(day.astype("M8[D]")),
        "account_id": who,
        "movement_type": pa.array(TYPES).take(pa.array(kind)),
        "reason": pc.if_else(
            pa.array(reason == NO_REASON), None, pa.array(REASONS).take(pa.array(reason))
        ),
        "amount_cents": amount,
    })  # fmt: skip


def _running(group: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Running sums within groups whose rows are next to each other."""
    total = np.cumsum(values)
    starts = np.flatnonzero(np.diff(group, prepend=-1) != 0)
    offsets = total[starts] - values[starts]
    return total - np.repeat(offsets, np.diff(np.append(starts, len(group))))


def _half_up(numerator: np.ndarray, denominator: int) -> np.ndarray:
    return (2 * numerator + denominator) // (2 * denominator)


def _month(days: np.ndarray) -> np.ndarray:
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64)
