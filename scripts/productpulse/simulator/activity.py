"""What the users of a block do: sessions with their events, the onboarding, mails, odd hours."""

from dataclasses import dataclass

import numpy as np

from productpulse.simulator import catalogue, clock, draw
from productpulse.simulator import world as w
from productpulse.simulator.events import Events, texts
from productpulse.simulator.habits import Calendar, UserHabits, active_days
from productpulse.simulator.instants import DAY, HOUR, MINUTE, SECOND
from productpulse.simulator.people import Users

CODE = catalogue.EVENT_CODE
FEATURE_CODE = {feature.feature_id: code for code, feature in enumerate(catalogue.FEATURES)}
# Code of the feature behind each event, the number of features where there is none.
FEATURE_OF_EVENT = np.array([
    FEATURE_CODE.get(kind.feature_id, len(FEATURE_CODE)) for kind in catalogue.EVENTS
])  # fmt: skip
WEIGHTS = np.array([kind.weight for kind in catalogue.EVENTS])
ONBOARDING = np.array([CODE[name] for name in catalogue.ONBOARDING])
MOST_SESSIONS = 16  # room for the sessions of a day in the numbers of their keys


@dataclass(frozen=True)
class Sessions:
    """One entry per session of a user (a position in the block), sorted by user and start."""

    key: draw.Keys
    user: np.ndarray
    day: np.ndarray
    start: np.ndarray
    platform: np.ndarray


def sessions(world: w.World, users: Users, of: UserHabits, dates: Calendar) -> Sessions:
    """All sessions of the users inside the world, after sign-up and before deletion."""
    rates = world.habits
    who, day = active_days(world, users, of, dates)
    family = draw.family(users.key, "session")
    more = draw.poisson(
        draw.children(family[who], day),
        "more sessions",
        rates.more_sessions * (0.5 + of.strength[who]),
    )
    times = np.minimum(1 + more, min(rates.most_sessions, MOST_SESSIONS))
    user, day = np.repeat(who, times), np.repeat(day, times)
    ordinal = np.arange(len(user)) - np.repeat(np.cumsum(times) - times, times)
    key = draw.children(family[user], day * MOST_SESSIONS + ordinal)
    local = world.start + day * DAY + clock.times_of_day(key, "begins")
    local += draw.between(key, "milliseconds", 0, 1000) * 1000
    start = local - dates.offsets[users.country[user], day]
    # On the day of sign-up the first session follows at once, the others some hours later.
    at_once = users.created[user] + draw.between(key, "at once", 5_000, 240_000) * 1000
    at_once += ordinal * draw.between(key, "later", HOUR, 4 * HOUR)
    start = np.where(day == of.first_day[user], at_once, start)
    other = draw.chance(key, "other platform", rates.other_platform)
    choice = draw.choose(key, "platform", catalogue.PLATFORM_SHARES)
    platform = np.where(other, choice, of.platform[user])
    order = np.lexsort((start, user))
    kept = order[
        (start[order] >= users.created[user[order]])
        & (start[order] < np.minimum(users.deleted[user[order]], world.end))
    ]
    return Sessions(key[kept], user[kept], day[kept], start[kept], platform[kept])


def within(
    world: w.World, session: draw.Keys, starts: np.ndarray
) -> tuple[draw.Keys, np.ndarray, np.ndarray, np.ndarray]:
    """Events of sessions: key, position of the session, place in it, instant."""
    rates = world.habits
    length = draw.geometric(session, "events", 1 / (1 + rates.more_events))
    length = np.minimum(length, rates.most_events)
    which = np.repeat(np.arange(len(starts)), length)
    first = np.cumsum(length) - length
    place = np.arange(len(which)) - first[which]
    key = draw.children(session[which], place)
    gap = draw.waits(key, "gap", rates.seconds_between_events * 1000) * 1000
    slow = np.flatnonzero(draw.chance(key, "is slow", 0.06))
    gap[slow] += draw.between(key[slow], "pause", 2 * MINUTE, 12 * MINUTE) // 1000 * 1000
    gap[place == 0] = 0
    run = np.cumsum(gap)
    return key, which, place, starts[which] + run - run[first[which]]


def received(of: draw.Keys, occurred: np.ndarray, platform: np.ndarray) -> np.ndarray:
    """Seconds after it happened; minutes or hours from a phone that was offline."""
    delay = draw.waits(of, "on the way", 1.5 * SECOND) + 30_000
    away = np.flatnonzero((platform > 0) & draw.chance(of, "is offline", 0.05))
    delay[away] = draw.waits(of[away], "offline", 40 * MINUTE)
    return occurred + delay


def events(
    of: draw.Keys,
    name: np.ndarray | int,
    occurred: np.ndarray,
    platform: np.ndarray,
    user: np.ndarray | int = -1,
    owner: np.ndarray | int = -1,
    known: np.ndarray | int = 0,
    anonymous: np.ndarray | int = -1,
    session: np.ndarray | int = 0,
) -> Events:
    """Events with the given values; columns that are not given are null."""
    count = len(of)
    name = np.broadcast_to(name, count)
    return Events(
        key=of,
        spoilt=np.zeros(count, np.int8),
        user=np.broadcast_to(user, count),
        owner=np.broadcast_to(owner, count),
        known=np.broadcast_to(known, count),
        anonymous=np.broadcast_to(anonymous, count),
        name=name,
        occurred=occurred,
        received=received(of, occurred, platform),
        session=np.broadcast_to(np.asarray(session, np.uint64), count),
        platform=platform,
        text=texts(of, name),
        amount=np.full(count, np.nan),
    )


def in_sessions(world: w.World, users: Users, of: UserHabits, made: Sessions, first: int) -> Events:
    """The events of sessions; the users of the block are numbered from `first`."""
    key, session, place, occurred = within(world, made.key, made.start)
    user = made.user[session]
    kept = occurred < np.minimum(users.deleted[user], world.end)
    key, session, place, occurred, user = (v[kept] for v in (key, session, place, occurred, user))

    # A feature that the user has not adopted is replaced by a second choice, and that by a report.
    adopted = np.column_stack([of.adopted, np.zeros(len(of.adopted), np.int32)])
    name = np.full(len(session), CODE["report_viewed"])
    for wish in ("first wish", "second wish"):
        wanted = draw.choose(key, wish, WEIGHTS)
        can = adopted[user, FEATURE_OF_EVENT[wanted]] <= made.day[session]
        name = np.where(can, wanted, name)
    name = np.where(place == 0, CODE["app_opened"], name)
    who = first + user
    return events(
        key, name, occurred, made.platform[session],
        user=who, owner=who, session=made.key[session],
    )  # fmt: skip


def sign_ups(users: Users, of: UserHabits, devices: np.ndarray, first: int) -> Events:
    """The event of each sign-up; `devices`: the anonymous id it was seen with, -1 for none."""
    who = first + np.arange(len(users))
    return events(
        draw.family(users.key, "sign-up"), CODE["signed_up"], users.created, of.platform,
        user=who, owner=who, anonymous=devices,
    )  # fmt: skip


def onboarding(world: w.World, users: Users, of: UserHabits, first: int) -> Events:
    """The planted funnel: each user goes on to the next step by chance; some begin twice."""
    rates = world.habits
    is_tourist = users.segment == catalogue.TOURIST
    going = np.ones(len(users), bool)
    at = users.created + draw.between(users.key, "until onboarding", 1, 600) * SECOND
    parts = []
    family = draw.family(users.key, "onboarding")
    for step, code in enumerate(ONBOARDING):
        key = draw.children(family, np.array([step]))
        share = rates.onboarding[step] * np.where(is_tourist, rates.onboarding_of_tourists, 1.0)
        going &= draw.chance(key, "goes on", share)
        if step:
            hours = rates.onboarding_hours * 4.0 ** (step - 1)
            wait = hours * np.exp(draw.normal(key, "takes", 0, rates.onboarding_spread)) * HOUR
            at = at + np.minimum(wait, 4e15).astype(np.int64) // 1000 * 1000 + SECOND
        parts.append((key[going], np.full(going.sum(), code), np.flatnonzero(going), at[going]))
        if step == 0:
            again = going & draw.chance(key, "begins twice", rates.onboarding_again)
            second = draw.children(family, np.array([len(ONBOARDING)]))
            later = at + draw.between(second, "later", DAY, 20 * DAY) // 1000 * 1000
            parts.append(
                (second[again], np.full(again.sum(), code), np.flatnonzero(again), later[again])
            )
    key, name, user, occurred = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    kept = occurred < np.minimum(users.deleted[user], world.end)
    who = first + user[kept]
    return events(
        key[kept], name[kept], occurred[kept], of.platform[user[kept]], user=who, owner=who
    )


def mails(world: w.World, users: Users, of: UserHabits, first: int) -> Events:
    """Opened e-mails, which do not show use of the product."""
    until = np.minimum(users.deleted, world.end)
    count = draw.poisson(
        users.key, "mails opened", world.habits.mails_opened * (until - users.created) / DAY
    )
    user = np.repeat(np.arange(len(users)), count)
    ordinal = np.arange(len(user)) - np.repeat(np.cumsum(count) - count, count)
    key = draw.children(draw.family(users.key, "mail")[user], ordinal)
    age = draw.between(key, "opened", 0, until[user] - users.created[user]) // 1000 * 1000
    who = first + user
    return events(
        key, CODE["email_opened"], users.created[user] + age, of.platform[user],
        user=who, owner=who,
    )  # fmt: skip


def nights(world: w.World, users: Users, of: UserHabits, dates: Calendar, first: int) -> Events:
    """Visits in the hour that a clock change repeats or skips."""
    country, instant = dates.changes
    awake = draw.chance(users.key, "is awake when clocks change", world.dirt.clock_change_night)
    user, change = np.nonzero(
        awake[:, None]
        & (users.country[:, None] == country[None, :])
        & (users.created[:, None] + DAY < instant[None, :])
        & (np.minimum(users.deleted, world.end)[:, None] > instant[None, :] + 2 * HOUR)
    )
    family = draw.children(draw.family(users.key, "night")[user], change)
    steps = np.arange(6)
    key = draw.children(family[:, None], steps).ravel()
    occurred = (instant[change][:, None] - HOUR + (steps * 20 + 7) * MINUTE).ravel()
    who = np.repeat(first + user, len(steps))
    platform = np.repeat(of.platform[user], len(steps))
    return events(key, CODE["app_opened"], occurred, platform, user=who, owner=who)
