"""Subscriptions: how they begin, change and end.

Each subscription is a chain of states. In a state several things may happen, each at its own rate;
the first one gives the next state. All subscriptions take their next step together, so the work is
a loop over steps (some tens), not over subscriptions.
"""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import catalogue, draw, trouble
from productpulse.simulator import world as w
from productpulse.simulator.clock import LOCAL_MONTH, period_at, period_start
from productpulse.simulator.instants import DAY, HOUR, MONTH, NEVER, SECOND
from productpulse.simulator.people import Accounts, Users
from productpulse.simulator.tables import Rows, Update, account_keys, frame, keys, user_keys, words
from productpulse.simulator.trouble import Episodes
from productpulse.simulator.truth.dirty_rows import dirty_rows

STATUSES = ("trialing", "active", "past_due", "unpaid", "paused", "canceled")
TRIALING, ACTIVE, PAST_DUE, UNPAID, PAUSED, CANCELED = range(6)

# What may happen to an active subscription, in the order of the rates below.
UPGRADE, DOWNGRADE, SEATS_UP, SEATS_DOWN, PAYMENT_FAILS, PAUSE, CANCEL, NOTHING = range(8)
AT_PERIOD_END = (DOWNGRADE, SEATS_DOWN, PAYMENT_FAILS, PAUSE, CANCEL)
FALLS = (DOWNGRADE, SEATS_DOWN, PAUSE)

MONTHS_OF_INTERVAL = np.array([interval.months for interval in catalogue.INTERVALS])
NO_NEED, PAYMENT_FAILED, TRIAL_OVER = range(len(trouble.CAUSES), len(trouble.CAUSES) + 3)
CAUSES = (*trouble.CAUSES, "no_need", "payment_failed", "trial_over")
SECOND_BESIDE = 100  # number of the payer's second subscription
ADD_ON = 200  # and of the add-on that is signed together with the first
TOP_TIER = len(catalogue.PLANS) - 1


@dataclass
class Subscriptions:
    """One entry per subscription. A payer below the number of accounts is an account, else a user.

    The fields from plan to `discount_ends` are the present state; `anchor`: start of the billing.
    `members`: users of the payer at the end; `few_seats`: it pays for fewer seats than that.
    `beside`: signed beside the first. `local`: billed by local months.
    `cause`: why it ended, a position in CAUSES, else -1.
    """

    key: draw.Keys
    payer: np.ndarray
    created: np.ndarray
    currency: np.ndarray
    interval: np.ndarray
    health: np.ndarray
    members: np.ndarray
    few_seats: np.ndarray
    beside: np.ndarray
    local: np.ndarray
    cause: np.ndarray
    trial_ends: np.ndarray
    cancel_requested: np.ndarray
    ended: np.ndarray
    anchor: np.ndarray
    at: np.ndarray
    status: np.ndarray
    plan: np.ndarray
    quantity: np.ndarray
    discount: np.ndarray
    discount_amount: np.ndarray
    discount_ends: np.ndarray

    def __len__(self) -> int:
        return len(self.payer)

    def part(self, rows: np.ndarray) -> "Subscriptions":
        return Subscriptions(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def months(self, rows: np.ndarray) -> np.ndarray:
        return np.where(self.local[rows], LOCAL_MONTH, MONTHS_OF_INTERVAL[self.interval[rows]])


@dataclass(frozen=True)
class Changes:
    """One entry per change, sorted by subscription and time; `subscription` is a position in
    Subscriptions."""

    subscription: np.ndarray
    at: np.ndarray
    status: np.ndarray
    plan: np.ndarray
    quantity: np.ndarray
    unit_amount: np.ndarray
    discount: np.ndarray
    discount_amount: np.ndarray
    discount_ends: np.ndarray

    def __len__(self) -> int:
        return len(self.subscription)


def price_list() -> np.ndarray:
    """Price of a seat per invoice in minor units, by plan, billing interval and currency."""
    prices = np.zeros(
        (len(catalogue.PLANS), len(catalogue.INTERVALS), len(catalogue.CURRENCIES)), np.int64
    )
    for p, plan in enumerate(catalogue.PLANS):
        for i, interval in enumerate(catalogue.INTERVALS):
            cents = plan.monthly_cents * interval.price_of_months
            if interval.months == 12:
                cents = plan.yearly_cents
            for c, currency in enumerate(catalogue.CURRENCIES):
                steps = cents * currency.price_factor / currency.step
                prices[p, i, c] = round(steps) * currency.step
    return prices


def _sign(
    world: w.World,
    key: draw.Keys,
    payer: np.ndarray,
    created: np.ndarray,
    currency: np.ndarray,
    members: np.ndarray,
    health: np.ndarray,
    returning: bool,
) -> Subscriptions:
    """New subscriptions in their first state."""
    rates = world.subscriptions
    count = len(payer)
    begins = draw.uniform(key, "begins how")
    free = (begins < rates.starts_free) & (not returning)
    trial = ~free & (begins < rates.starts_free + rates.starts_with_trial) & (not returning)
    plan = draw.choose(key, "plan", rates.plan_shares)
    plan = np.where(members > 40, np.maximum(plan, 3), plan)
    plan = np.where(members == 1, np.minimum(plan, 2), plan)
    interval = draw.choose(key, "interval", [i.share for i in catalogue.INTERVALS])
    interval = np.where(plan == TOP_TIER, 1, interval)
    coupon = ~free & draw.chance(key, "has a coupon", rates.coupon)
    which = draw.between(key, "coupon", 0, len(rates.coupon_percents))
    months = np.array([3, 6, 12])[draw.between(key, "coupon's months", 0, 3)]
    limited = coupon & draw.chance(key, "coupon ends", rates.coupon_ends)
    # Enough seats for all members, except for the few payers who save on seats.
    few = (members >= 4) & draw.chance(key, "saves on seats", world.leaks.seats_over_paid)
    seats = np.where(few, members // 2, members * (1 + 0.3 * draw.uniform(key, "spare seats")))
    quantity = np.ceil(np.maximum(seats, 1)).astype(np.int64)
    trial_ends = np.where(trial, created + rates.trial_days * DAY, NEVER)
    percent = np.where(coupon, np.array(rates.coupon_percents)[which], 0.0)
    of_amount = coupon & draw.chance(key, "coupon is of an amount", rates.coupon_amounts)
    # About as much as the percentage would be, but not a round number.
    off = (price_list()[plan, interval, currency] * quantity * percent / 100).astype(np.int64) | 1
    return Subscriptions(
        key=key,
        payer=payer,
        created=created,
        currency=currency,
        interval=np.where(free, 0, interval),
        health=health,
        members=members,
        few_seats=few,
        beside=np.zeros(count, bool),
        local=(interval == 0) & draw.chance(key, "by local months", world.billing.local_months),
        cause=np.full(count, -1),
        trial_ends=trial_ends,
        cancel_requested=np.full(count, NEVER),
        ended=np.full(count, NEVER),
        anchor=np.where(trial, trial_ends, created),
        at=created.copy(),
        status=np.where(trial, TRIALING, ACTIVE),
        plan=np.where(free, 0, plan),
        quantity=quantity,
        discount=np.where(of_amount, 0.0, percent),
        discount_amount=np.where(of_amount, off, 0),
        discount_ends=np.where(limited, created + months * 30 * DAY, NEVER),
    )


def _first_subscriptions(world: w.World, accounts: Accounts, users: Users) -> Subscriptions:
    rates = world.subscriptions
    alone = np.flatnonzero((users.account < 0) & ~users.internal)
    payer = np.concatenate([np.arange(len(accounts)), len(accounts) + alone])
    opened = np.concatenate([accounts.created, users.created[alone]])
    country = np.concatenate([accounts.country, users.country[alone]])
    members = np.concatenate([accounts.members, np.ones(len(alone), np.int64)])
    health = np.concatenate([accounts.health, users.health[alone]])
    key = draw.family(np.concatenate([accounts.key, users.key[alone]]), "contract")
    codes = [currency.code for currency in catalogue.CURRENCIES]
    currency = np.array([codes.index(c.currency) for c in catalogue.COUNTRIES])[country]

    is_account = payer < len(accounts)
    share = np.where(is_account, rates.accounts_signing, rates.individuals_signing)
    signs = draw.chance(key, "signs", share)
    created = opened + draw.waits(key, "until signing", rates.days_to_sign * DAY)
    again = signs & is_account & draw.chance(key, "signs another", world.dirt.overlapping)
    later = created + draw.between(key, "until the other", 20 * DAY, 300 * DAY)

    chosen = np.concatenate([np.flatnonzero(signs), np.flatnonzero(again)])
    begins = np.concatenate([created[signs], later[again]]) // SECOND * SECOND
    number = np.repeat([0, SECOND_BESIDE], [signs.sum(), again.sum()])
    there = begins < world.end
    chosen, begins, number = chosen[there], begins[there], number[there]
    signed = _sign(
        world, draw.children(key[chosen], number), payer[chosen], begins, currency[chosen],
        members[chosen], health[chosen], False,
    )  # fmt: skip
    signed.beside[number == SECOND_BESIDE] = True

    is_first = (number == 0) & (chosen < len(accounts)) & (signed.plan > 0)
    first = np.flatnonzero(is_first & draw.chance(key[chosen], "signs an add-on", rates.add_on))
    if not len(first):
        return signed
    of = chosen[first]
    add_ons = _sign(
        world, draw.children(key[of], np.array([ADD_ON])), payer[of], begins[first], currency[of],
        members[of], health[of], True,
    )  # fmt: skip
    for name in ("interval", "local", "trial_ends", "status", "anchor"):
        setattr(add_ons, name, getattr(signed, name)[first])
    add_ons.discount_amount[:] = 0  # the old price was for another billing interval
    return _concatenate([signed, add_ons])


def _next_of_active(
    world: w.World, of: Subscriptions, rows: np.ndarray, step: int, episodes: Episodes
) -> None:
    """The next thing that happens to active subscriptions; `episodes`: one for each."""
    rates = world.subscriptions
    count = len(rows)
    key = draw.children(of.key[rows], np.array([step]))
    free = of.plan[rows] == 0
    luck = np.exp(rates.health_effect * of.health[rows])
    around = episodes.part(rows)
    drop = around.drop_at(of.at[rows])
    leaving = trouble.leaving_factor(world, drop)
    chance = np.zeros((count, 7))
    chance[:, UPGRADE] = np.where(free, rates.free_upgrade, rates.upgrade) * luck
    chance[:, DOWNGRADE] = rates.downgrade / luck
    chance[:, SEATS_UP] = rates.seats_up * luck
    chance[:, SEATS_DOWN] = rates.seats_down / luck
    chance[:, PAYMENT_FAILS] = rates.payment_fails
    chance[:, PAUSE] = rates.pause
    chance[:, CANCEL] = np.where(free, rates.free_cancel, rates.cancel) / luck * leaving
    chance[free, DOWNGRADE : PAUSE + 1] = 0

    bounds = np.cumsum(chance, axis=1)
    total = bounds[:, -1]
    wait = draw.exponential(key, "until something") / np.maximum(total, 1e-12) * MONTH
    wait = np.minimum(wait, 4e17).astype(np.int64)
    soon = draw.chance(key, "has second thoughts", world.dirt.same_day_changes)
    wait = np.where(soon, draw.between(key, "within hours", HOUR / 2, 5 * HOUR), wait)
    asked = of.at[rows] + np.maximum(wait // SECOND, 1) * SECOND
    kind = (bounds < (draw.uniform(key, "what") * total)[:, None]).sum(axis=1)

    # Rates hold until trouble begins or ends; what would come later is drawn again from there.
    edge = np.where(of.at[rows] < around.starts, around.starts, around.ends)
    edge = np.where(of.at[rows] < edge, edge, NEVER)
    nothing = asked >= edge
    asked = np.where(nothing, edge, asked)
    kind[nothing] = NOTHING

    number = period_at(of.anchor[rows], of.months(rows), np.minimum(asked, world.end))
    period_end = period_start(of.anchor[rows], of.months(rows), number + 1)
    at_once = (kind == CANCEL) & draw.chance(key, "leaves at once", rates.cancel_at_once)
    at_once |= np.isin(kind, FALLS) & are_falls_credited(world, of.key[rows])
    happens = np.where(np.isin(kind, AT_PERIOD_END) & ~at_once, period_end, asked)
    of.at[rows] = happens

    plan, quantity = of.plan[rows], of.quantity[rows]
    from_free = (kind == UPGRADE) & free
    of.anchor[rows] = np.where(from_free, happens, of.anchor[rows])
    bought = 1 + draw.chance(key, "buys the better", 0.4)
    plan = np.where(kind == UPGRADE, np.where(free, bought, plan + 1), plan)
    plan = np.where(kind == DOWNGRADE, np.maximum(plan - 1, 1), plan)
    of.plan[rows] = np.minimum(plan, TOP_TIER)
    by = 1 + draw.poisson(key, "seats", 0.15 * quantity)
    least = np.where(of.few_seats[rows], 1, of.members[rows])
    fewer = np.minimum(np.maximum(quantity - by, least), quantity)
    more = np.where(of.few_seats[rows], quantity, quantity + by)
    quantity = np.where(kind == SEATS_UP, more, quantity)
    of.quantity[rows] = np.where(kind == SEATS_DOWN, fewer, quantity)
    status = np.full(count, ACTIVE)
    status[kind == PAYMENT_FAILS] = PAST_DUE
    status[kind == PAUSE] = PAUSED
    status[kind == CANCEL] = CANCELED
    of.status[rows] = status
    leaves = (kind == CANCEL) & (asked < world.end)
    of.cancel_requested[rows] = np.where(leaves, asked, NEVER)
    by_trouble = draw.chance(key, "leaves for trouble", 1 - 1 / leaving)
    of.cause[rows] = np.where(leaves, np.where(by_trouble, around.cause, NO_NEED), -1)


def _next_of_waiting(world: w.World, of: Subscriptions, rows: np.ndarray, step: int) -> None:
    """The next thing that happens to subscriptions on trial, past due, unpaid or paused."""
    rates = world.subscriptions
    count = len(rows)
    key = draw.children(of.key[rows], np.array([step]))
    status = of.status[rows]
    long = draw.chance(key, "is past due long", rates.past_due_long)
    lasts = draw.uniform(key, "lasts")
    past_due_days = np.where(long, 31 + 19 * lasts, 2 + 23 * lasts)
    days = np.choose(status, [
        np.zeros(count), np.zeros(count), past_due_days,
        7 + 33 * lasts, 20 + 75 * lasts, np.zeros(count),
    ])  # fmt: skip
    waited = of.at[rows] + (days * DAY).astype(np.int64) // SECOND * SECOND
    of.at[rows] = np.where(status == TRIALING, of.trial_ends[rows], waited)
    good = np.array([
        rates.trial_converts, 0, rates.past_due_recovers, rates.unpaid_recovers,
        rates.pause_resumes, 0,
    ])[status]  # fmt: skip
    unpaid = (status == PAST_DUE) & draw.chance(key, "is given up slowly", rates.past_due_to_unpaid)
    recovers = draw.chance(key, "recovers", good)
    of.status[rows] = np.where(recovers, ACTIVE, np.where(unpaid, UNPAID, CANCELED))
    cause = np.array([TRIAL_OVER, -1, PAYMENT_FAILED, PAYMENT_FAILED, NO_NEED, -1])[status]
    of.cause[rows] = np.where(of.status[rows] == CANCELED, cause, -1)


def _live(
    world: w.World, of: Subscriptions, episodes: Episodes
) -> list[tuple[np.ndarray, Subscriptions]]:
    """Let all subscriptions live to the end of the world; returns each state they were in.

    `episodes`: one for each subscription. Afterwards `of` is in the last state before the end of
    the world.
    """
    everyone = np.arange(len(of))
    states = [(everyone, of.part(everyone))]
    living, step = everyone, 0
    while len(living):
        step += 1
        before = of.part(living)
        active = before.status == ACTIVE
        _next_of_active(world, of, living[active], step, episodes)
        _next_of_waiting(world, of, living[~active], step)
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
        # Nothing after the end of the world has happened, except that the wish to leave is known.
        for name in ("at", "status", "plan", "quantity", "anchor", "cause"):
            getattr(of, name)[living[over]] = getattr(before, name)[over]
        living = living[~over & (after.status != CANCELED)]
    return states


def _won_back(world: w.World, of: Subscriptions) -> Subscriptions:
    """The next subscriptions of some payers whose last one is over."""
    rates = world.subscriptions
    begins = np.where(of.ended == NEVER, 0, of.ended)
    wait = draw.waits(of.key, "until coming back", rates.days_to_win_back * DAY)
    begins += (1 + wait // SECOND) * SECOND
    back = (of.ended != NEVER) & (begins < world.end)
    back &= draw.chance(of.key, "comes back", rates.won_back)
    last = of.part(back)
    return _sign(
        world, draw.family(last.key, "next contract"), last.payer, begins[back], last.currency,
        last.members, last.health, True,
    )  # fmt: skip


def subscriptions(
    world: w.World, accounts: Accounts, users: Users, episodes: Episodes
) -> tuple[Subscriptions, Changes]:
    """All subscriptions, oldest first, and their changes; `episodes`: one for each payer."""
    generation = _first_subscriptions(world, accounts, users)
    lives: list[Subscriptions] = []
    states: list[tuple[np.ndarray, Subscriptions]] = []
    for _ in range(world.subscriptions.generations):
        before = sum(len(life) for life in lives)
        lived = _live(world, generation, episodes.part(generation.payer))
        states += [(rows + before, state) for rows, state in lived]
        lives.append(generation)
        generation = _won_back(world, generation)

    made = _concatenate(lives)
    order = np.lexsort((made.key, made.created))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    subscription = place[np.concatenate([rows for rows, _ in states])]
    state = _concatenate([state for _, state in states])
    sequence = np.lexsort((state.at, subscription))
    subscription, state = subscription[sequence], state.part(sequence)
    discounted = (state.discount > 0) | (state.discount_amount > 0)
    discounted &= state.discount_ends > state.at
    return made.part(order), Changes(
        subscription=subscription,
        at=state.at,
        status=state.status,
        plan=state.plan,
        quantity=state.quantity,
        unit_amount=price_list()[state.plan, state.interval, state.currency],
        discount=np.where(discounted, state.discount, 0.0),
        discount_amount=np.where(discounted, state.discount_amount, 0),
        discount_ends=np.where(discounted, state.discount_ends, NEVER),
    )


def _concatenate(parts: list[Subscriptions]) -> Subscriptions:
    return Subscriptions(**{
        f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in
        fields(Subscriptions) })  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What subscriptions mean for their users, one entry per payer.

    `entitled`: instant from which the payer had a plan of each tier or above (columns), else
    NEVER; tier 0 needs no subscription. `left`: end of the last subscription, NEVER while one runs
    or when none ever ran. `goes_on`: use goes on after that as before.
    """

    entitled: np.ndarray
    left: np.ndarray
    goes_on: np.ndarray

    def part(self, rows: np.ndarray) -> "Standing":
        """Those of some payers, by position."""
        return Standing(self.entitled[rows], self.left[rows], self.goes_on[rows])


def standing(
    world: w.World, payer_key: draw.Keys, made: Subscriptions, changes: Changes
) -> Standing:
    """Sum up the subscriptions of all payers."""
    entitled = np.full((len(payer_key), len(catalogue.PLANS)), NEVER)
    entitled[:, 0] = 0
    payer = made.payer[changes.subscription]
    for tier in range(1, len(catalogue.PLANS)):
        has = changes.plan >= tier
        np.minimum.at(entitled[:, tier], payer[has], changes.at[has])
    left = np.zeros(len(payer_key), np.int64)
    np.maximum.at(left, made.payer, made.ended)  # NEVER is the latest: a running subscription wins
    left[left == 0] = NEVER
    goes_on = draw.chance(payer_key, "goes on after the end", world.leaks.use_after_end)
    return Standing(entitled, left, goes_on & (left != NEVER))


def payer_keys(payer: np.ndarray, accounts: int) -> tuple[pa.Array, pa.Array]:
    """The account keys and the user keys of payers; of each pair one is null."""
    is_account = payer < accounts
    return (
        account_keys(np.where(is_account, payer, -1)),
        user_keys(np.where(is_account, -1, payer - accounts)),
    )


def subscription_keys(numbers: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Keys of subscriptions, numbered from 0; null where `missing`."""
    return keys("sub_", numbers + 1, 7, missing)


def is_orphan(world: w.World, made: Subscriptions) -> np.ndarray:
    """Subscriptions whose changes are in the files but which are not themselves."""
    return draw.chance(made.key, "is in no file", world.dirt.orphan_change)


def are_falls_credited(world: w.World, key: draw.Keys) -> np.ndarray:
    """Subscriptions whose price falls at once, with a credit for the rest of the period; the price
    of the others falls when the period is over."""
    return draw.chance(key, "falls are credited", world.billing.credits_falls)


def subscription_rows(
    world: w.World, made: Subscriptions, changes: Changes, accounts: int
) -> tuple[dict[str, Rows], list[pa.Table]]:
    """The raw tables `subscriptions` and `subscription_changes`, and which rows are dirty."""
    account_id, user_id = payer_keys(made.payer, accounts)
    currencies = [currency.code for currency in catalogue.CURRENCIES]
    intervals = [interval.name for interval in catalogue.INTERVALS]
    percent = pa.array(changes.discount, mask=changes.discount == 0)
    amount_off = pa.array(changes.discount_amount, mask=changes.discount_amount == 0)
    orphan = is_orphan(world, made)
    subscriptions = frame("subscriptions", {
        "subscription_id": subscription_keys(np.arange(len(made))),
        "account_id": account_id,
        "user_id": user_id,
        "created_at": made.created,
        "trial_ends_at": made.trial_ends,
        "cancel_requested_at": made.cancel_requested,
        "ended_at": made.ended,
    })  # fmt: skip
    change_id = keys("chg_", np.arange(1, len(changes) + 1), 8)
    rows = frame("subscription_changes", {
        "change_id": change_id,
        "subscription_id": subscription_keys(changes.subscription),
        "changed_at": changes.at,
        "status": words(STATUSES, changes.status),
        "plan_id": words([plan.plan_id for plan in catalogue.PLANS], changes.plan),
        "billing_interval": words(intervals, made.interval[changes.subscription]),
        "quantity": changes.quantity,
        "unit_amount": changes.unit_amount,
        "discount_percent": pc.cast(percent, pa.decimal128(9, 4)),
        "discount_amount": amount_off,
        "discount_ends_at": changes.discount_ends,
        "currency": words(currencies, made.currency[changes.subscription]),
    })  # fmt: skip
    is_same_day = np.zeros(len(changes), bool)
    is_same_day[1:] = (np.diff(changes.subscription) == 0) & (np.diff(changes.at // DAY) == 0)
    dirty = [
        dirty_rows(
            "subscriptions",
            subscription_keys(np.arange(len(made))),
            made.beside & ~orphan,
            "overlapping",
            made.created,
        ),
        dirty_rows(
            "subscription_changes",
            change_id,
            orphan[changes.subscription],
            "orphan_change",
            changes.at,
        ),
        dirty_rows("subscription_changes", change_id, is_same_day, "same_day_changes", changes.at),
    ]
    updates = (
        Update(made.cancel_requested[~orphan], {"cancel_requested_at": None}),
        Update(made.ended[~orphan], {"ended_at": None}),
    )
    return {
        "subscriptions": Rows(
            subscriptions.filter(pa.array(~orphan)), made.created[~orphan], updates
        ),
        "subscription_changes": Rows(rows, changes.at),
    }, dirty
