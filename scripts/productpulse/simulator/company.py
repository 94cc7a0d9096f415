"""The whole company: what all blocks of users need to know, and what each block does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from productpulse.simulator import (
    activity,
    billing,
    dirt,
    draw,
    experiments,
    feedback,
    habits,
    identities,
    people,
    subscription_dirt,
    subscriptions,
    support,
    trouble,
)
from productpulse.simulator.dirt import all_dirty
from productpulse.simulator.events import concatenate, event_rows
from productpulse.simulator.tables import Rows
from productpulse.simulator.truth import active, churns, leaks, ledger
from productpulse.simulator.truth import people as truth_people
from productpulse.simulator.truth.dirty_rows import NONE as NO_DIRT
from productpulse.simulator.world import World

# The same on every machine, because it decides the order of events in their file.
USERS_PER_BLOCK = 1_000


@dataclass(frozen=True)
class Company:
    """Payers are the accounts, and after them the users; users without an account may pay.

    `payer_of`: the payer of each user. `dirty`: rows of company-wide tables that are dirty.
    """

    world: World
    accounts: people.Accounts
    users: people.Users
    episodes: trouble.Episodes
    made: subscriptions.Subscriptions
    changes: subscriptions.Changes
    billed: billing.Invoices
    paid: billing.Payments
    standing: subscriptions.Standing
    payer_of: np.ndarray
    dates: habits.Calendar

    def parts(self) -> Iterator["Part"]:
        """The users block by block, each with everything needed to simulate it."""
        for first in range(0, len(self.users), USERS_PER_BLOCK):
            payer = self.payer_of[first : first + USERS_PER_BLOCK]
            yield Part(
                world=self.world,
                first=first,
                users=self.users.part(first, first + USERS_PER_BLOCK),
                payer=payer,
                standing=self.standing.part(payer),
                episodes=self.episodes.part(payer),
                dates=self.dates,
            )


@dataclass(frozen=True)
class Part:
    """A block of users, numbered from `first`; the other fields have one entry per user."""

    world: World
    first: int
    users: people.Users
    payer: np.ndarray
    standing: subscriptions.Standing
    episodes: trouble.Episodes
    dates: habits.Calendar


class Block(NamedTuple):
    """What the users of a block produce: raw rows, and truth as of an instant.

    `used`: how they used the subscriptions of their payers.
    """

    rows: dict[str, pa.Table]
    truth: dict[str, pa.Table]
    active: active.ActiveUsers
    used: leaks.Use


def company(world: World) -> Company:
    """Everything except what users do."""
    accounts, users = people.populate(world)
    payer_key = np.concatenate([accounts.key, users.key])
    created = np.concatenate([accounts.created, users.created])
    health = np.concatenate([accounts.health, users.health])
    episodes = trouble.episodes(world, draw.family(payer_key, "payer"), created, health)
    made, changes = subscriptions.subscriptions(world, accounts, users, episodes)
    billed, paid = billing.invoices(world, made, changes, len(accounts))
    alone = len(accounts) + np.arange(len(users))
    return Company(
        world=world,
        accounts=accounts,
        users=users,
        episodes=episodes,
        made=made,
        changes=changes,
        billed=billed,
        paid=paid,
        standing=subscriptions.standing(world, payer_key, made, changes),
        payer_of=np.where(users.account >= 0, users.account, alone),
        dates=habits.calendar(world),
    )


def company_rows(of: Company) -> Iterator[tuple[dict[str, Rows], list[pa.Table]]]:
    """The raw tables that are not made block by block, and which of their rows are dirty; a few at
    a time, because all of them would take much memory."""
    count = len(of.accounts)
    yield people.people_rows(of.world, of.accounts, of.users)
    yield subscriptions.subscription_rows(of.world, of.made, of.changes, count)
    yield subscription_dirt.dirty_subscription_rows(of.world, of.made, count)
    yield billing.billing_rows(of.world, of.made, of.billed, of.paid, count), []
    standing, episodes = of.standing.part(of.payer_of), of.episodes.part(of.payer_of)
    yield {"support_tickets": support.ticket_rows(of.world, of.users, standing, episodes)}, []


def company_truth(of: Company, uses: list[leaks.Use], until: int) -> dict[str, pa.Table]:
    """The truth that is not made block by block."""
    count = len(of.accounts)
    used = leaks.together(uses, count + len(of.users))
    return {
        "mrr_movements": ledger.mrr_movements(of.world, of.made, of.changes, count, until),
        "leaks": leaks.leaks(of.world, of.made, of.changes, of.billed, count, used, until),
        "churns": churns.churns(of.made, of.episodes, count, until),
        "episodes": churns.troubles(of.episodes, count, until),
        "experiment_effects": experiments.effects(of.world),
    }


def block(of: Part, since: int, until: int) -> Block:
    """What the users of a block do, as seen in [since, until)."""
    world, users, episodes, first = of.world, of.users, of.episodes, of.first
    having = habits.habits_of(world, users, of.standing, episodes, of.dates)
    visits = activity.sessions(world, users, having, of.dates)
    links, before = identities.visitors(world, users, first)
    shared_links, shared = identities.shared_devices(world, users, first)
    in_sessions = activity.in_sessions(world, users, having, visits, first)
    shown, outcomes, dirty_shown = experiments.exposures(world, users, visits, first)
    devices = np.full(len(users), -1)
    # a sign-up that names the device would reveal a link that must become known only later
    at_once = links.anonymous < identities.SECOND_DEVICE
    at_once &= links.linked <= users.created[links.user - first]
    devices[links.user[at_once] - first] = links.anonymous[at_once]
    nights = activity.nights(world, users, having, of.dates, first)
    bots = identities.bots(world, users, first)
    clean = concatenate([
        *before,
        shared,
        activity.sign_ups(users, having, devices, first),
        identities.signed_out(world, users, links, visits, in_sessions, first),
        activity.onboarding(world, users, having, first),
        activity.mails(world, users, having, first),
        identities.strangers(world, users, first),
        outcomes,
        nights,
        bots,
    ])  # fmt: skip
    events, dirty_events = dirt.soil(world, clean)
    for some, kind in ((shared, "shared_device"), (nights, "clock_change_night"), (bots, "bot")):
        dirty_events.append(all_dirty(some, kind))
    for some, kind in zip(before, ("visitor_before_sign_up", "second_device"), strict=True):
        dirty_events.append(all_dirty(some, kind))
    events = events.rows(np.argsort(events.received, kind="stable"))
    answers, dirty_answers = feedback.answer_rows(world, users, episodes, visits, first)
    all_links = identities.together([links, shared_links])
    rows = {
        "events": event_rows(events),
        "user_aliases": identities.alias_rows(all_links),
        "experiment_assignments": shown,
        "nps_responses": answers,
    }
    owner, day = active.user_days(users, first, events, until)
    mine = owner < first + len(users)
    return Block(
        rows={name: table.seen(since, until) for name, table in rows.items()},
        truth={
            "user_segments": truth_people.user_segments(world, users, having, first, until),
            "funnel_paths": truth_people.funnel_paths(events, until),
            "identities": identities.identities(all_links, until),
            "dirty_rows": seen_dirt(dirty_events + dirty_shown + dirty_answers, until),
        },
        active=active.active_users(owner, day, until),
        used=leaks.use(of.payer[owner[mine] - first], owner[mine], day[mine], until),
    )


def seen_dirt(dirty: list[pa.Table], until: int) -> pa.Table:
    """The dirty rows that have arrived, without their time."""
    table = pa.concat_tables([NO_DIRT, *dirty])
    arrived = table["arrived"].to_numpy() < until
    return table.filter(pa.array(arrived)).drop_columns("arrived")
