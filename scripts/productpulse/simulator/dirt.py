"""What goes wrong with events on the way: each kind in one place, at its rate in `world.Dirt`.

Real events stay: some come late, the clock of some runs ahead, and all other dirt is added rows.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from productpulse.simulator import catalogue, draw
from productpulse.simulator import world as w
from productpulse.simulator.events import (
    BLANK,
    BLANK_ID,
    BROKEN_JSON,
    NAMES,
    NULL_ID,
    TEXTS,
    Events,
    concatenate,
    event_ids,
    texts,
)
from productpulse.simulator.instants import DAY, MINUTE, SECOND
from productpulse.simulator.truth.dirty_rows import dirty_rows

FIRST_ORPHAN = 9_000_000  # users from this number on are in no file
MOST_DAYS_LATE = 400


def soil(world: w.World, events: Events) -> tuple[Events, list[pa.Table]]:
    """The events as they arrive, and which of them are dirty."""
    dirty: list[pa.Table] = []

    late, arriving = _late(world, events)
    dirty.append(all_dirty(arriving.rows(late), "late"))
    ahead, arriving = _clock_skew(world, arriving)
    dirty.append(all_dirty(arriving.rows(ahead), "clock_skew"))
    parts = [arriving]
    for kind, make in ADDED.items():
        chosen = draw.chance(events.key, kind, getattr(world.dirt, kind))
        # A repeated delivery comes after the first one, however late that was.
        source = arriving if kind.startswith("duplicate") else events
        added = make(world, source.rows(chosen))
        dirty.append(all_dirty(added, kind))
        parts.append(added)
    return concatenate(parts), dirty


def all_dirty(events: Events, kind: str) -> pa.Table:
    """The truth that all these events are dirt of one kind."""
    everything = np.ones(len(events), bool)
    return dirty_rows("events", event_ids(events), everything, kind, events.received)


def _late(world: w.World, events: Events) -> tuple[np.ndarray, Events]:
    """Received minutes to 400 days after they happened; each order of magnitude is as likely."""
    share = draw.uniform(events.key, "how late")
    delay = MINUTE * (MOST_DAYS_LATE * DAY / MINUTE) ** share
    received = events.received + delay.astype(np.int64)
    late = draw.chance(events.key, "late", world.dirt.late) & (received < world.end)
    return late, events.having(received=np.where(late, received, events.received))


def _clock_skew(world: w.World, events: Events) -> tuple[np.ndarray, Events]:
    """The sender's clock runs minutes ahead of the receiver's; the day stays the same."""
    ahead = draw.between(events.key, "ahead by", 10 * SECOND, 4 * MINUTE) // 1000 * 1000
    received = events.occurred - ahead
    skewed = draw.chance(events.key, "clock_skew", world.dirt.clock_skew)
    skewed &= received // DAY == events.occurred // DAY
    skewed &= events.received - events.occurred < DAY
    return skewed, events.having(received=np.where(skewed, received, events.received))


def _beside(events: Events, kind: str) -> Events:
    """Copies of events with their own keys, which belong to no user."""
    return events.having(key=draw.family(events.key, kind), owner=-1, session=0)


def _future(world: w.World, events: Events) -> Events:
    """A sender's clock that is weeks to years ahead."""
    ahead = world.end + draw.between(events.key, "ahead", 30 * DAY, 1_000 * DAY) // 1000 * 1000
    return _beside(events, "future").having(occurred=ahead)


def _epoch(world: w.World, events: Events) -> Events:
    """A sender's clock that was never set."""
    return _beside(events, "epoch").having(occurred=0)


def _unplanned(world: w.World, events: Events) -> Events:
    """A name that is not in the tracking plan, a moment after a real event of a user."""
    events = events.rows(events.user >= 0)
    name = len(catalogue.EVENTS) + draw.between(
        events.key, "unplanned name", 0, len(NAMES) - len(catalogue.EVENTS)
    )
    # Within the same day, so that it adds no day of activity to that of the real event.
    moment = np.where(events.occurred % DAY < DAY - SECOND, SECOND // 2, 0)
    return _beside(events, "unplanned").having(
        owner=events.owner, name=name, text=-1, occurred=events.occurred + moment,
        received=events.received + SECOND, session=events.session,
    )  # fmt: skip


def _blank_event(world: w.World, events: Events) -> Events:
    """An event key that is one space."""
    return _beside(events, "blank event").having(spoilt=BLANK_ID)


def _null_event(world: w.World, events: Events) -> Events:
    """No event key at all; no loader can take the row."""
    return _beside(events, "null event").having(spoilt=NULL_ID)


def _blank_user(world: w.World, events: Events) -> Events:
    """A user key that is one space, and nothing else that shows who it was."""
    return _beside(events, "blank user").having(user=BLANK, anonymous=-1)


def _broken_json(world: w.World, events: Events) -> Events:
    """Incomplete properties; no loader can read them."""
    return _beside(events, "broken JSON").having(text=TEXTS.index(BROKEN_JSON), amount=np.nan)


def _orphan(world: w.World, events: Events) -> Events:
    """A user who is in no file: one per hundred real users, and none in two blocks of users."""
    events = events.rows(events.user >= 0)
    user = FIRST_ORPHAN + events.user // 100
    return _beside(events, "orphan").having(user=user, owner=user, anonymous=-1, known=0)


def _duplicate(world: w.World, events: Events) -> Events:
    """The same event delivered again later."""
    later = draw.between(events.key, "again after", MINUTE, 2 * DAY)
    return events.having(received=events.received + later, owner=-1)


def _duplicate_differs(world: w.World, events: Events) -> Events:
    """The same with another payload, even another kind of event."""
    later = draw.between(events.key, "otherwise after", MINUTE, 2 * DAY)
    name = draw.between(events.key, "otherwise", 0, len(catalogue.EVENTS))
    name = np.where(name == events.name, (name + 1) % len(catalogue.EVENTS), name)
    other = texts(draw.family(events.key, "otherwise"), name)
    return events.having(
        received=events.received + later, owner=-1, name=name, text=other, amount=np.nan
    )


ADDED: dict[str, Callable[[w.World, Events], Events]] = {
    "duplicate": _duplicate,
    "duplicate_differs": _duplicate_differs,
    "future": _future,
    "epoch": _epoch,
    "unplanned_name": _unplanned,
    "blank_event_id": _blank_event,
    "null_event_id": _null_event,
    "blank_user_id": _blank_user,
    "orphan_event": _orphan,
    "broken_json": _broken_json,
}
