"""Who is behind an anonymous id: visitors, second and shared devices, strangers and bots."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from productpulse.simulator import catalogue, clock, draw
from productpulse.simulator import world as w
from productpulse.simulator.activity import Sessions, events, within
from productpulse.simulator.events import Events
from productpulse.simulator.instants import DAY, HOUR, MINUTE, NEVER, SECOND
from productpulse.simulator.people import Users, sign_up_weights
from productpulse.simulator.tables import Rows, frame, keys, user_keys

CODE = catalogue.EVENT_CODE
# The first number of each kind of anonymous id; the number of the user is added to it.
VISITOR, SECOND_DEVICE, SHARED_DEVICE, STRANGER, BOT = (
    1,
    20_000_000,
    30_000_000,
    50_000_000,
    70_000_000,
)
KINDS = {VISITOR: "visitor", SECOND_DEVICE: "second_device", SHARED_DEVICE: "shared_device"}
TURNS = 6  # how often a shared device changes hands
BOT_HITS = 120
BOT_DAYS = 3


@dataclass(frozen=True)
class Links:
    """One entry per link of an anonymous id to a user (numbers in the world)."""

    anonymous: np.ndarray
    user: np.ndarray
    linked: np.ndarray

    def part(self, rows: np.ndarray) -> "Links":
        """Some of the links, by mask."""
        return Links(**{name: values[rows] for name, values in vars(self).items()})


def visitors(world: w.World, users: Users, first: int) -> tuple[Links, list[Events]]:
    """Who came before signing up, when that became known, and what they did on each device."""
    rates = world.habits
    visited = draw.chance(users.key, "visits before", world.dirt.visitor_before_sign_up)
    second = visited & draw.chance(users.key, "has two devices", world.dirt.second_device)
    links, visits = [], []
    for kind, who in ((VISITOR, visited), (SECOND_DEVICE, second)):
        user = np.flatnonzero(who)
        device = draw.children(draw.family(users.key, "device")[user], np.array([kind]))
        created = users.created[user]
        late = draw.chance(device, "is linked late", rates.linked_late)
        after = draw.between(device, "until the link", 7 * DAY, 45 * DAY)
        linked = np.where(late | (kind == SECOND_DEVICE), created + after, created)
        links.append(Links(kind + first + user, first + user, linked))

        count = 1 + draw.poisson(device, "visits", 0.6)
        visitor = np.repeat(np.arange(len(user)), count)
        ordinal = np.arange(len(visitor)) - np.repeat(np.cumsum(count) - count, count)
        visit = draw.children(device[visitor], ordinal)
        before = draw.waits(visit, "before", rates.visitor_days * DAY) // 1000 * 1000
        start = created[visitor] - 5 * MINUTE - before
        key, session, _, occurred = within(world, visit, start)
        visitor = visitor[session]
        inside = (occurred >= world.start) & (occurred < created[visitor])
        key, visitor, occurred = key[inside], visitor[inside], occurred[inside]
        platform = draw.choose(device, "platform", (0.9, 0.06, 0.04))[visitor]
        visits.append(
            events(
                key, _public(key), occurred, platform, owner=first + user[visitor],
                known=linked[visitor], anonymous=kind + first + user[visitor],
            )
        )  # fmt: skip
    return together(links), visits


def signed_out(
    world: w.World, users: Users, links: Links, made: Sessions, of: Events, first: int
) -> Events:
    """The events of sessions; some carry only the device once it is known whose it is."""
    known = np.full(len(users), NEVER)
    is_first = links.anonymous < SECOND_DEVICE
    known[links.user[is_first] - first] = links.linked[is_first]
    out = draw.chance(made.key, "is signed out", world.habits.signed_out)
    out &= made.start > known[made.user]
    # Sessions are in the order of their events: each event finds its session by its key.
    order = np.argsort(made.key, kind="stable")
    place = order[np.searchsorted(made.key[order], of.session)]
    hidden = out[place]
    return of.having(
        user=np.where(hidden, -1, of.user),
        anonymous=np.where(hidden, VISITOR + of.owner, of.anonymous),
        known=np.where(hidden, known[made.user[place]], of.known),
    )


def shared_devices(world: w.World, users: Users, first: int) -> tuple[Links, Events]:
    """Devices that two users of an account use in turns: at each turn one signs in, and the events
    after that are anonymous. So the last link before an event tells whose it is; an event before
    all links belongs to the first user."""
    chosen = draw.chance(users.key, "shares a device", world.dirt.shared_device)
    order = np.lexsort((np.arange(len(users)), users.account))
    is_pair = (np.diff(users.account[order]) == 0) & (users.account[order[:-1]] >= 0)
    one, other = order[:-1][is_pair], order[1:][is_pair]
    one, other = one[chosen[one]], other[chosen[one]]
    device = draw.family(users.key, "shared device")[one]
    begins = np.maximum(users.created[one], users.created[other]) + DAY
    turn = draw.children(device[:, None], np.arange(TURNS))
    at = begins[:, None] + np.cumsum(
        draw.between(turn, "until the turn", 2 * DAY, 40 * DAY), axis=1
    )
    user = np.where(np.arange(TURNS) % 2, other[:, None], one[:, None])
    there = at + DAY < np.minimum(users.deleted[user], world.end)
    there = np.cumprod(there, axis=1).astype(bool)
    number = SHARED_DEVICE + first + np.broadcast_to(one[:, None], at.shape)
    links = Links(number[there], first + user[there], at[there])

    steps = np.arange(-1, 5)  # the link before the turn is kept only for the first turn
    key = draw.children(turn[:, :, None], steps)
    occurred = at[:, :, None] + steps * 50 * MINUTE + draw.between(key, "at", SECOND, HOUR // 2)
    kept = np.broadcast_to(there[:, :, None], key.shape) & (
        (steps >= 0) | (np.arange(TURNS)[:, None] == 0)
    )
    owner = np.broadcast_to(first + user[:, :, None], key.shape)[kept]
    return links, events(
        key[kept], CODE["template_opened"], occurred[kept] // 1000 * 1000,
        np.zeros(kept.sum(), np.int64), owner=owner,
        known=np.broadcast_to(at[:, :, None], key.shape)[kept],
        anonymous=np.broadcast_to(number[:, :, None], key.shape)[kept],
    )  # fmt: skip


def strangers(world: w.World, users: Users, first: int) -> Events:
    """Visitors who never sign up; their number is a share of the users."""
    number = np.flatnonzero(draw.chance(users.key, "brings a stranger", world.habits.strangers))
    of = draw.family(users.key[number], "stranger")
    start = world.start + draw.choose(of, "day", sign_up_weights(world)) * DAY
    key, session, _, occurred = within(world, of, start + clock.times_of_day(of, "hour"))
    inside = occurred < world.end
    key, session, occurred = key[inside], session[inside], occurred[inside]
    platform = draw.choose(of, "platform", (0.8, 0.12, 0.08))[session]
    return events(
        key, _public(key), occurred, platform, anonymous=STRANGER + first + number[session]
    )


def bots(world: w.World, users: Users, first: int) -> Events:
    """Machines that read a page every few seconds, day and night."""
    number = np.flatnonzero(draw.chance(users.key, "brings a bot", world.dirt.bot))
    of = draw.family(users.key[number], "bot")
    start = world.start + draw.between(of, "begins", 0, max(world.days - BOT_DAYS, 1)) * DAY
    hits = np.arange(BOT_HITS * BOT_DAYS)
    key = draw.children(of[:, None], hits).ravel()
    occurred = (start[:, None] + hits * (DAY // BOT_HITS)).ravel()
    inside = occurred < world.end
    anonymous = np.repeat(BOT + first + number, len(hits))[inside]
    return events(
        key[inside], CODE["page_viewed"], occurred[inside], np.zeros(inside.sum(), np.int64),
        anonymous=anonymous,
    )  # fmt: skip


def alias_rows(links: Links) -> Rows:
    """The raw table `user_aliases`."""
    table = frame("user_aliases", {
        "anonymous_id": keys("anon_", links.anonymous, 8),
        "user_id": user_keys(links.user),
        "linked_at": links.linked,
    })  # fmt: skip
    return Rows(table, links.linked)


def identities(links: Links, until: int) -> pa.Table:
    """The truth `identities`: which user is behind an anonymous id, one row per link by `until`."""
    links = links.part(links.linked < until)
    bounds = np.array(list(KINDS))
    kind = np.searchsorted(bounds, links.anonymous, side="right") - 1
    return pa.table({
        "anonymous_id": keys("anon_", links.anonymous, 8),
        "user_id": user_keys(links.user),
        "kind": pa.array(list(KINDS.values())).take(pa.array(kind)),
    })  # fmt: skip


def _public(of: draw.Keys) -> np.ndarray:
    is_page = draw.chance(of, "is a page", 0.75)
    return np.where(is_page, CODE["page_viewed"], CODE["template_opened"])


def together(links: list[Links]) -> Links:
    """All links of several lists."""
    return Links(*(
        np.concatenate([getattr(each, name) for each in links])
        for name in ("anonymous", "user", "linked")
    ))  # fmt: skip
