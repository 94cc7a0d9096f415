"""What the users of a block do: sessions with their events, mails, visits before the sign-up."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from productpulse.simulator import clock
from productpulse.simulator import world as w
from productpulse.simulator.draw import between, choose, stream, waits
from productpulse.simulator.events import Events, concatenate, texts
from productpulse.simulator.habits import Calendar, UserHabits, active_days
from productpulse.simulator.instants import DAY, HOUR, MINUTE, SECOND
from productpulse.simulator.people import Users, sign_up_weights
from productpulse.simulator.tables import frame, keys, user_keys

CODE = w.EVENT_CODE
FIRST_STRANGER = 50_000_000  # anonymous ids from here on never become a user
FEATURE_CODE = {feature.feature_id: code for code, feature in enumerate(w.FEATURES)}
# Code of the feature behind each event, the number of features where there is none.
FEATURE_OF_EVENT = np.array([FEATURE_CODE.get(k.feature_id, len(w.FEATURES)) for k in w.EVENTS])
WEIGHTS = np.array([kind.weight for kind in w.EVENTS])


@dataclass(frozen=True)
class Sessions:
    """One entry per session of a user (position in the block), sorted by user and start."""

    user: np.ndarray
    day: np.ndarray
    start: np.ndarray
    platform: np.ndarray


@dataclass(frozen=True)
class Visitors:
    """Users (positions in the block) seen before they signed up, and when that became known."""

    user: np.ndarray
    linked: np.ndarray


def sessions(
    world: w.World, users: Users, of: UserHabits, dates: Calendar, rng: np.random.Generator
) -> Sessions:
    """All sessions of the users inside the world, after sign-up and before deletion."""
    rates = world.habits
    who, day = active_days(world, of, dates, rng)
    more = rng.poisson(rates.more_sessions * (0.5 + of.strength[who]))
    times = np.minimum(1 + more, rates.most_sessions)
    user, day = np.repeat(who, times), np.repeat(day, times)
    ordinal = np.arange(len(user)) - np.repeat(np.cumsum(times) - times, times)
    local = world.start + day * DAY + clock.times_of_day(rng, len(user))
    local += rng.integers(0, SECOND, len(user)) // 1000 * 1000
    start = local - dates.offsets[users.country[user], day]
    # On the day of sign-up the first session follows at once, others some hours later.
    at_once = users.created[user] + between(rng, 5 * SECOND, 4 * MINUTE, len(user)) // 1000 * 1000
    at_once += ordinal * between(rng, HOUR, 4 * HOUR, len(user))
    start = np.where(day == of.first_day[user], at_once, start)
    usual = of.platform[user]
    other = rng.random(len(user)) < rates.other_platform
    platform = np.where(other, choose(rng, w.PLATFORM_SHARES, len(user)), usual)
    order = np.lexsort((start, user))
    kept = order[
        (start[order] >= users.created[user[order]])
        & (start[order] < np.minimum(users.deleted[user[order]], world.end))
    ]
    return Sessions(user[kept], day[kept], start[kept], platform[kept])


def _within(world: w.World, rng: np.random.Generator, starts: np.ndarray) -> tuple[np.ndarray, ...]:
    """Events of sessions: position of the session, place in it, instant."""
    rates = world.habits
    success = 1 / (1 + rates.more_events)
    length = np.minimum(rng.geometric(success, len(starts)), rates.most_events)
    session = np.repeat(np.arange(len(starts)), length)
    first = np.cumsum(length) - length
    place = np.arange(len(session)) - first[session]
    gap = (rng.exponential(rates.seconds_between_events, len(session)) * 1000).astype(int) * 1000
    slow = rng.random(len(session)) < 0.06
    gap = np.where(slow, gap + between(rng, 2 * MINUTE, 12 * MINUTE, len(session)), gap)
    gap[place == 0] = 0
    run = np.cumsum(gap)
    return session, place, starts[session] + run - run[first[session]]


def _received(
    world: w.World, rng: np.random.Generator, occurred: np.ndarray, platform: np.ndarray
) -> np.ndarray:
    """Seconds after it happened; minutes or hours from a phone that was offline."""
    delay = waits(rng, 1.5 * SECOND, len(occurred)) + 30_000
    offline = (platform > 0) & (rng.random(len(occurred)) < 0.05)
    delay = np.where(offline, waits(rng, 40 * MINUTE, len(occurred)), delay)
    return np.minimum(occurred + delay, world.end - 1)


def _events(
    world: w.World,
    rng: np.random.Generator,
    user: np.ndarray,
    name: np.ndarray,
    occurred: np.ndarray,
    platform: np.ndarray,
    anonymous: np.ndarray | None = None,
    session: np.ndarray | None = None,
) -> Events:
    nothing = np.full(len(user), -1)
    return Events(
        number=nothing,
        user=user,
        anonymous=nothing if anonymous is None else anonymous,
        name=name,
        occurred=occurred,
        received=_received(world, rng, occurred, platform),
        session=nothing if session is None else session,
        platform=platform,
        text=texts(rng, name),
    )


def visitors(
    world: w.World, users: Users, first_user: int, rng: np.random.Generator
) -> tuple[Visitors, Events]:
    """Who came before signing up, and what they did then."""
    rates = world.habits
    user = np.flatnonzero(rng.random(len(users)) < rates.visitors_before)
    created = users.created[user]
    late = rng.random(len(user)) < rates.linked_late
    linked = np.where(late, created + between(rng, 7 * DAY, 45 * DAY, len(user)), created)
    linked = np.where(linked < world.end, linked, created)

    visits = 1 + rng.poisson(0.6, len(user))
    visitor = np.repeat(np.arange(len(user)), visits)
    before = 5 * MINUTE + waits(rng, rates.visitor_days * DAY, len(visitor)) // 1000 * 1000
    start = created[visitor] - before
    session, _, occurred = _within(world, rng, start)
    visitor = visitor[session]
    inside = (occurred >= world.start) & (occurred < created[visitor])
    visitor, occurred = visitor[inside], occurred[inside]
    platform = choose(rng, (0.9, 0.06, 0.04), len(user))[visitor]
    return Visitors(user, linked), _events(
        world, rng, np.full(len(visitor), -1), _public(rng, len(visitor)), occurred, platform,
        anonymous=first_user + user[visitor] + 1,
    )  # fmt: skip


def _public(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.where(rng.random(count) < 0.75, CODE["page_viewed"], CODE["template_opened"])


def _strangers(world: w.World, count: int, first_user: int, rng: np.random.Generator) -> Events:
    number = np.arange(rng.binomial(count, world.habits.strangers))
    day = choose(rng, sign_up_weights(world), len(number))
    start = world.start + day * DAY + clock.times_of_day(rng, len(number))
    session, _, occurred = _within(world, rng, start)
    inside = occurred < world.end
    who, occurred = number[session][inside], occurred[inside]
    platform = choose(rng, (0.8, 0.12, 0.08), len(number))[who]
    return _events(
        world, rng, np.full(len(who), -1), _public(rng, len(who)), occurred, platform,
        anonymous=FIRST_STRANGER + first_user + who,
    )  # fmt: skip


def _in_sessions(
    world: w.World,
    users: Users,
    of: UserHabits,
    made: Sessions,
    seen: Visitors,
    first_user: int,
    rng: np.random.Generator,
) -> Events:
    session, place, occurred = _within(world, rng, made.start)
    user = made.user[session]
    kept = occurred < np.minimum(users.deleted[user], world.end)
    session, place, occurred, user = (v[kept] for v in (session, place, occurred, user))

    # What a user has not taken up gives way to another wish, and that at last to a report.
    adopted = np.column_stack([of.adopted, np.zeros(len(of.adopted), np.int32)])
    name = np.full(len(session), CODE["report_viewed"])
    for _ in range(2):
        wanted = choose(rng, WEIGHTS, len(session))
        can = adopted[user, FEATURE_OF_EVENT[wanted]] <= made.day[session]
        name = np.where(can, wanted, name)
    name = np.where(place == 0, CODE["app_opened"], name)

    # A known visitor sometimes comes without signing in: only the device is known.
    known_at = np.full(len(users), world.end)
    known_at[seen.user] = seen.linked
    out = rng.random(len(made.start)) < world.habits.signed_out
    out &= made.start > known_at[made.user]
    out = out[session]
    return _events(
        world, rng, np.where(out, -1, first_user + user), name, occurred, made.platform[session],
        anonymous=np.where(out, first_user + user + 1, -1), session=session,
    )  # fmt: skip


def _mails(
    world: w.World, users: Users, of: UserHabits, first_user: int, rng: np.random.Generator
) -> Events:
    until = np.minimum(users.deleted, world.end)
    days = (until - users.created) / DAY
    count = rng.poisson(world.habits.mails_opened * days)
    user = np.repeat(np.arange(len(users)), count)
    span = until[user] - users.created[user]
    occurred = users.created[user] + (rng.random(len(user)) * span).astype(int) // 1000 * 1000
    name = np.full(len(user), CODE["email_opened"])
    return _events(world, rng, first_user + user, name, occurred, of.platform[user])


def events_of(
    world: w.World,
    users: Users,
    of: UserHabits,
    made: Sessions,
    first_user: int,
    block: int,
) -> tuple[Events, Visitors]:
    """All events of the users of a block, in order of time and numbered so; and the visitors."""
    rng = stream(world.seed, "visits", block)
    seen, visits = visitors(world, users, first_user, rng)
    everyone = np.arange(len(users))
    device = np.full(len(users), -1)
    device[seen.user] = first_user + seen.user + 1
    signed_up = _events(
        world, stream(world.seed, "sign-ups", block), first_user + everyone,
        np.full(len(users), CODE["signed_up"]), users.created, of.platform, anonymous=device,
    )  # fmt: skip
    rng_events = stream(world.seed, "events", block)
    together = concatenate([
        visits,
        signed_up,
        _in_sessions(world, users, of, made, seen, first_user, rng_events),
        _mails(world, users, of, first_user, stream(world.seed, "mails", block)),
        _strangers(world, len(users), first_user, stream(world.seed, "strangers", block)),
    ])  # fmt: skip
    ordered = together.rows(np.argsort(together.occurred, kind="stable"))
    return ordered.with_values(np.arange(len(ordered)), number=np.arange(len(ordered))), seen


def alias_table(seen: Visitors, first_user: int) -> pa.Table:
    """The raw table `user_aliases` of one block."""
    user = first_user + seen.user
    return frame("user_aliases", {
        "anonymous_id": keys("anon_", user + 1, 8),
        "user_id": user_keys(user),
        "linked_at": seen.linked,
    })  # fmt: skip
