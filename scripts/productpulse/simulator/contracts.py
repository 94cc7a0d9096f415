"""Subscriptions: how they begin, change and end.

Each contract is a chain of states. From a state several things may happen next, each at its own
rate; the first to happen gives the next state. All contracts take their next step together, so the
work is a loop over steps (some tens), not over contracts.
"""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import world as w
from productpulse.simulator.clock import period_at, period_start
from productpulse.simulator.draw import between, choose, stream, waits
from productpulse.simulator.instants import DAY, HOUR, MONTH, NEVER, SECOND
from productpulse.simulator.people import Accounts, Users
from productpulse.simulator.tables import account_keys, frame, keys, user_keys, words

STATUSES = ("trialing", "active", "past_due", "unpaid", "paused", "canceled")
TRIALING, ACTIVE, PAST_DUE, UNPAID, PAUSED, CANCELED = range(6)

# What may happen to an active contract, in the order of the rates below.
UPGRADE, DOWNGRADE, SEATS_UP, SEATS_DOWN, PAYMENT_FAILS, PAUSE, CANCEL = range(7)
AT_PERIOD_END = (DOWNGRADE, SEATS_DOWN, PAYMENT_FAILS, PAUSE, CANCEL)

MONTHS_OF_INTERVAL = np.array([interval.months for interval in w.INTERVALS])
TOP_TIER = len(w.PLANS) - 1


@dataclass
class Contracts:
    """One entry per contract. A payer below the number of accounts is an account, else a user.

    Plan to `discount_ends` are the present state; `anchor` is where the billing periods begin.
    """

    payer: np.ndarray
    created: np.ndarray
    currency: np.ndarray
    interval: np.ndarray
    health: np.ndarray
    trial_ends: np.ndarray
    cancel_requested: np.ndarray
    ended: np.ndarray
    anchor: np.ndarray
    at: np.ndarray
    status: np.ndarray
    plan: np.ndarray
    quantity: np.ndarray
    discount: np.ndarray
    discount_ends: np.ndarray

    def __len__(self) -> int:
        return len(self.payer)

    def part(self, rows: np.ndarray) -> "Contracts":
        return Contracts(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def months(self, rows: np.ndarray) -> np.ndarray:
        return MONTHS_OF_INTERVAL[self.interval[rows]]


@dataclass(frozen=True)
class Changes:
    """One entry per change, sorted by contract and time; `contract` is a position in Contracts."""

    contract: np.ndarray
    at: np.ndarray
    status: np.ndarray
    plan: np.ndarray
    quantity: np.ndarray
    unit_amount: np.ndarray
    discount: np.ndarray
    discount_ends: np.ndarray

    def __len__(self) -> int:
        return len(self.contract)


def price_list() -> np.ndarray:
    """Price of a seat per bill in minor units, by plan, interval and currency."""
    prices = np.zeros((len(w.PLANS), len(w.INTERVALS), len(w.CURRENCIES)), np.int64)
    for p, plan in enumerate(w.PLANS):
        for i, interval in enumerate(w.INTERVALS):
            cents = plan.monthly_cents * interval.price_of_months
            if interval.months == 12:
                cents = plan.yearly_cents
            for c, currency in enumerate(w.CURRENCIES):
                steps = cents * currency.price_factor / currency.step
                prices[p, i, c] = round(steps) * currency.step
    return prices


def _sign(
    world: w.World,
    rng: np.random.Generator,
    payer: np.ndarray,
    created: np.ndarray,
    currency: np.ndarray,
    members: np.ndarray,
    health: np.ndarray,
    returning: bool,
) -> Contracts:
    """New contracts in their first state."""
    rates = world.contracts
    count = len(payer)
    begins = rng.random(count)
    free = (begins < rates.starts_free) & (not returning)
    trial = ~free & (begins < rates.starts_free + rates.starts_with_trial) & (not returning)
    plan = choose(rng, rates.plan_shares, count)
    plan = np.where(members > 40, np.maximum(plan, 3), plan)
    plan = np.where(members == 1, np.minimum(plan, 2), plan)
    interval = choose(rng, [i.share for i in w.INTERVALS], count)
    interval = np.where(plan == TOP_TIER, 1, interval)
    coupon = ~free & (rng.random(count) < rates.coupon)
    percents = np.array(rates.coupon_percents)[rng.integers(0, len(rates.coupon_percents), count)]
    coupon_months = np.array([3, 6, 12])[rng.integers(0, 3, count)]
    coupon_ends = created + coupon_months * 30 * DAY
    limited = coupon & (rng.random(count) < rates.coupon_ends)
    quantity = np.ceil(np.maximum(members, 1) * rng.uniform(0.6, 1.25, count)).astype(np.int64)
    trial_ends = np.where(trial, created + rates.trial_days * DAY, NEVER)
    return Contracts(
        payer=payer,
        created=created,
        currency=currency,
        interval=np.where(free, 0, interval),
        health=health,
        trial_ends=trial_ends,
        cancel_requested=np.full(count, NEVER),
        ended=np.full(count, NEVER),
        anchor=np.where(trial, trial_ends, created),
        at=created.copy(),
        status=np.where(trial, TRIALING, ACTIVE),
        plan=np.where(free, 0, plan),
        quantity=quantity,
        discount=np.where(coupon, percents, 0.0),
        discount_ends=np.where(limited, coupon_ends, NEVER),
    )


def _first_contracts(
    world: w.World, rng: np.random.Generator, accounts: Accounts, users: Users
) -> Contracts:
    rates = world.contracts
    alone = np.flatnonzero((users.account < 0) & ~users.internal)
    payer = np.concatenate([np.arange(len(accounts)), len(accounts) + alone])
    opened = np.concatenate([accounts.created, users.created[alone]])
    country = np.concatenate([accounts.country, users.country[alone]])
    members = np.concatenate([accounts.members, np.ones(len(alone), np.int64)])
    health = np.concatenate([accounts.health, users.health[alone]])
    codes = [currency.code for currency in w.CURRENCIES]
    currency = np.array([codes.index(c.currency) for c in w.COUNTRIES])[country]

    is_account = payer < len(accounts)
    share = np.where(is_account, rates.accounts_signing, rates.individuals_signing)
    signs = rng.random(len(payer)) < share
    created = opened + waits(rng, rates.days_to_sign * DAY, len(payer)) // SECOND * SECOND
    again = signs & is_account & (rng.random(len(payer)) < rates.second_contract)
    later = created + between(rng, 20 * DAY, 300 * DAY, len(payer)) // SECOND * SECOND

    chosen = np.concatenate([np.flatnonzero(signs), np.flatnonzero(again)])
    begins = np.concatenate([created[signs], later[again]])
    chosen, begins = chosen[begins < world.end], begins[begins < world.end]
    return _sign(
        world, rng, payer[chosen], begins, currency[chosen], members[chosen], health[chosen], False
    )


def _next_of_active(
    world: w.World, rng: np.random.Generator, of: Contracts, rows: np.ndarray
) -> None:
    """The next thing that happens to contracts that are active."""
    rates = world.contracts
    count = len(rows)
    free = of.plan[rows] == 0
    luck = np.exp(rates.health_effect * of.health[rows])
    chance = np.zeros((count, 7))
    chance[:, UPGRADE] = np.where(free, rates.free_upgrade, rates.upgrade) * luck
    chance[:, DOWNGRADE] = rates.downgrade / luck
    chance[:, SEATS_UP] = rates.seats_up * luck
    chance[:, SEATS_DOWN] = rates.seats_down / luck
    chance[:, PAYMENT_FAILS] = rates.payment_fails
    chance[:, PAUSE] = rates.pause
    chance[:, CANCEL] = np.where(free, rates.free_cancel, rates.cancel) / luck
    chance[free, DOWNGRADE : PAUSE + 1] = 0

    bounds = np.cumsum(chance, axis=1)
    total = bounds[:, -1]
    wait = (rng.exponential(1, count) / total * MONTH).astype(np.int64)
    soon = rng.random(count) < rates.second_thoughts
    wait = np.where(soon, between(rng, HOUR / 2, 5 * HOUR, count), wait)
    asked = of.at[rows] + np.maximum(wait // SECOND, 1) * SECOND
    kind = (bounds < (rng.random(count) * total)[:, None]).sum(axis=1)

    number = period_at(of.anchor[rows], of.months(rows), asked)
    period_end = period_start(of.anchor[rows], of.months(rows), number + 1)
    at_once = (kind == CANCEL) & (rng.random(count) < rates.cancel_at_once)
    happens = np.where(np.isin(kind, AT_PERIOD_END) & ~at_once, period_end, asked)
    of.at[rows] = happens

    plan, quantity = of.plan[rows], of.quantity[rows]
    from_free = (kind == UPGRADE) & free
    of.anchor[rows] = np.where(from_free, happens, of.anchor[rows])
    bought = 1 + (rng.random(count) < 0.4)
    plan = np.where(kind == UPGRADE, np.where(free, bought, plan + 1), plan)
    plan = np.where(kind == DOWNGRADE, np.maximum(plan - 1, 1), plan)
    of.plan[rows] = np.minimum(plan, TOP_TIER)
    more = 1 + rng.poisson(0.15 * quantity)
    fewer = np.maximum(quantity - 1 - rng.poisson(0.15 * quantity), 1)
    quantity = np.where(kind == SEATS_UP, quantity + more, quantity)
    of.quantity[rows] = np.where(kind == SEATS_DOWN, fewer, quantity)
    status = np.full(count, ACTIVE)
    status[kind == PAYMENT_FAILS] = PAST_DUE
    status[kind == PAUSE] = PAUSED
    status[kind == CANCEL] = CANCELED
    of.status[rows] = status
    leaving = (kind == CANCEL) & (asked < world.end)
    of.cancel_requested[rows] = np.where(leaving, asked, NEVER)


def _next_of_waiting(
    world: w.World, rng: np.random.Generator, of: Contracts, rows: np.ndarray
) -> None:
    """The next thing that happens to contracts on trial, past due, unpaid or paused."""
    rates = world.contracts
    count = len(rows)
    status = of.status[rows]
    long = rng.random(count) < rates.past_due_long
    past_due_days = np.where(long, rng.uniform(31, 50, count), rng.uniform(2, 25, count))
    days = np.choose(status, [
        np.zeros(count), np.zeros(count), past_due_days,
        rng.uniform(7, 40, count), rng.uniform(20, 95, count), np.zeros(count),
    ])  # fmt: skip
    waited = of.at[rows] + (days * DAY).astype(np.int64) // SECOND * SECOND
    of.at[rows] = np.where(status == TRIALING, of.trial_ends[rows], waited)
    good = np.array([
        rates.trial_converts, 0, rates.past_due_recovers, rates.unpaid_recovers,
        rates.pause_resumes, 0,
    ])[status]  # fmt: skip
    luck = rng.random(count)
    unpaid = (status == PAST_DUE) & (rng.random(count) < rates.past_due_to_unpaid)
    of.status[rows] = np.where(luck < good, ACTIVE, np.where(unpaid, UNPAID, CANCELED))


def _live(
    world: w.World, rng: np.random.Generator, of: Contracts
) -> list[tuple[np.ndarray, Contracts]]:
    """Let all contracts live to the end of the world; returns each state they were in.

    `of` is left in the last state before the end of the world.
    """
    everyone = np.arange(len(of))
    states = [(everyone, of.part(everyone))]
    living = everyone
    while len(living):
        before = of.part(living)
        active = before.status == ACTIVE
        _next_of_active(world, rng, of, living[active])
        _next_of_waiting(world, rng, of, living[~active])
        after = of.part(living)
        over = after.at >= world.end
        changed = (
            (after.status != before.status)
            | (after.plan != before.plan)
            | (after.quantity != before.quantity)
        )
        states.append((living[changed & ~over], after.part(changed & ~over)))
        ends = living[(after.status == CANCELED) & ~over]
        of.ended[ends] = of.at[ends]
        # What would have happened after the end of the world has not, but for the wish to leave.
        for name in ("at", "status", "plan", "quantity", "anchor"):
            getattr(of, name)[living[over]] = getattr(before, name)[over]
        living = living[~over & (after.status != CANCELED)]
    return states


def _won_back(world: w.World, rng: np.random.Generator, of: Contracts) -> Contracts:
    """The next contracts of some of those whose last one is over."""
    rates = world.contracts
    begins = np.where(of.ended == NEVER, 0, of.ended)
    begins += (1 + waits(rng, rates.days_to_win_back * DAY, len(of)) // SECOND) * SECOND
    back = (of.ended != NEVER) & (begins < world.end) & (rng.random(len(of)) < rates.won_back)
    last = of.part(back)
    return _sign(
        world, rng, last.payer, begins[back], last.currency, last.quantity, last.health, True
    )


def contracts(world: w.World, accounts: Accounts, users: Users) -> tuple[Contracts, Changes]:
    """All contracts, oldest first, and their changes."""
    rng = stream(world.seed, "contracts")
    generation = _first_contracts(world, rng, accounts, users)
    lives: list[Contracts] = []
    states: list[tuple[np.ndarray, Contracts]] = []
    for _ in range(world.contracts.generations):
        before = sum(len(life) for life in lives)
        states += [(rows + before, state) for rows, state in _live(world, rng, generation)]
        lives.append(generation)
        generation = _won_back(world, rng, generation)

    made = _concatenate(lives)
    order = np.argsort(made.created, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    contract = place[np.concatenate([rows for rows, _ in states])]
    state = _concatenate([state for _, state in states])
    sequence = np.lexsort((state.at, contract))
    contract, state = contract[sequence], state.part(sequence)
    discounted = (state.discount > 0) & (state.discount_ends > state.at)
    return made.part(order), Changes(
        contract=contract,
        at=state.at,
        status=state.status,
        plan=state.plan,
        quantity=state.quantity,
        unit_amount=price_list()[state.plan, state.interval, state.currency],
        discount=np.where(discounted, state.discount, 0.0),
        discount_ends=np.where(discounted, state.discount_ends, NEVER),
    )


def _concatenate(parts: list[Contracts]) -> Contracts:
    return Contracts(**{
        f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Contracts)
    })  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What contracts mean for the people under them, one entry per payer.

    `entitled`: instant from which the payer had a plan of each tier or above (columns), else
    NEVER; tier 0 needs no contract. `left`: end of the last contract, NEVER while one runs or
    when none ever ran.
    """

    entitled: np.ndarray
    left: np.ndarray

    def part(self, first: int, last: int) -> "Standing":
        """The entries from `first` up to but without `last`."""
        return Standing(self.entitled[first:last], self.left[first:last])

    def of_users(self, account: np.ndarray, accounts: int) -> "Standing":
        """One entry per user: that of the account, or the user's own where there is none."""
        payer = np.where(account >= 0, account, accounts + np.arange(len(account)))
        return Standing(self.entitled[payer], self.left[payer])


def standing(payers: int, made: Contracts, changes: Changes) -> Standing:
    """Sum up the contracts of each of `payers` payers."""
    entitled = np.full((payers, len(w.PLANS)), NEVER)
    entitled[:, 0] = 0
    payer = made.payer[changes.contract]
    for tier in range(1, len(w.PLANS)):
        has = changes.plan >= tier
        np.minimum.at(entitled[:, tier], payer[has], changes.at[has])
    left = np.zeros(payers, np.int64)
    np.maximum.at(left, made.payer, made.ended)  # NEVER is the latest: a running contract wins
    left[left == 0] = NEVER
    return Standing(entitled, left)


def payer_keys(payer: np.ndarray, accounts: int) -> tuple[pa.Array, pa.Array]:
    """The account keys and the user keys of payers; of each pair one is null."""
    is_account = payer < accounts
    return (
        account_keys(np.where(is_account, payer, -1)),
        user_keys(np.where(is_account, -1, payer - accounts)),
    )


def subscription_keys(numbers: np.ndarray) -> pa.Array:
    """Keys of contracts, numbered from 0."""
    return keys("sub_", numbers + 1, 7)


def contract_tables(made: Contracts, changes: Changes, accounts: int) -> dict[str, pa.Table]:
    """The raw tables `subscriptions` and `subscription_changes`."""
    account_id, user_id = payer_keys(made.payer, accounts)
    currencies = [currency.code for currency in w.CURRENCIES]
    percent = pa.array(changes.discount, mask=changes.discount == 0)
    return {
        "subscriptions": frame("subscriptions", {
            "subscription_id": subscription_keys(np.arange(len(made))),
            "account_id": account_id,
            "user_id": user_id,
            "created_at": made.created,
            "trial_ends_at": made.trial_ends,
            "cancel_requested_at": made.cancel_requested,
            "ended_at": made.ended,
        }),
        "subscription_changes": frame("subscription_changes", {
            "change_id": keys("chg_", np.arange(1, len(changes) + 1), 8),
            "subscription_id": subscription_keys(changes.contract),
            "changed_at": changes.at,
            "status": words(STATUSES, changes.status),
            "plan_id": words([plan.plan_id for plan in w.PLANS], changes.plan),
            "billing_interval": words(
                [interval.name for interval in w.INTERVALS], made.interval[changes.contract]
            ),
            "quantity": changes.quantity,
            "unit_amount": changes.unit_amount,
            "discount_percent": pc.cast(percent, pa.decimal128(9, 4)),
            "discount_ends_at": changes.discount_ends,
            "currency": words(currencies, made.currency[changes.contract]),
        }),
    }  # fmt: skip
