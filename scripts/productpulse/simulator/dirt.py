"""What goes wrong on the way: each kind of bad event in one place, at its rate in `world.Dirt`."""

import numpy as np

from productpulse.simulator import world as w
from productpulse.simulator.draw import between
from productpulse.simulator.events import BLANK, NAMES, Events, concatenate, texts
from productpulse.simulator.instants import DAY, MINUTE

FIRST_ORPHAN = 9_000_000  # users from this number on are in no file


def soil(world: w.World, events: Events, rng: np.random.Generator) -> Events:
    """The events as they arrive. Several kinds may meet in one event."""
    for kind in (
        _late,
        _future,
        _epoch,
        _unplanned,
        _blank_event,
        _blank_user,
        _orphan,
        _duplicate,
    ):
        events = kind(world, events, rng)
    return events


def _some(rng: np.random.Generator, share: float, count: int) -> np.ndarray:
    return np.flatnonzero(rng.random(count) < share)


def _late(world: w.World, events: Events, rng: np.random.Generator) -> Events:
    """Received days after it happened."""
    rows = _some(rng, world.dirt.late, len(events))
    received = events.received[rows] + between(rng, DAY, 30 * DAY, len(rows))
    there = received < world.end
    return events.with_values(rows[there], received=received[there])


def _future(world: w.World, events: Events, rng: np.random.Generator) -> Events:
    """A sender's clock that is weeks to years ahead."""
    rows = _some(rng, world.dirt.future, len(events))
    ahead = world.end + between(rng, 30 * DAY, 1_000 * DAY, len(rows)) // 1000 * 1000
    return events.with_values(rows, occurred=ahead)


def _epoch(world: w.World, events: Events, rng: np.random.Generator) -> Events:
    """A sender's clock that was never set."""
    return events.with_values(_some(rng, world.dirt.epoch, len(events)), occurred=0)


def _unplanned(world: w.World, events: Events, rng: np.random.Generator) -> Events:
    """A name that the tracking plan does not know."""
    rows = _some(rng, world.dirt.unplanned_name, len(events))
    name = rng.integers(len(w.EVENTS), len(NAMES), len(rows))
    return events.with_values(rows, name=name, text=-1)


def _blank_event(world: w.World, events: Events, rng: np.random.Generator) -> Events:
    """An event key of one space."""
    return events.with_values(_some(rng, world.dirt.blank_event_id, len(events)), number=BLANK)


def _blank_user(world: w.World, events: Events, rng: np.random.Generator) -> Events:
    """A user key of one space, and no other trace of who it was."""
    rows = _some(rng, world.dirt.blank_user_id, len(events))
    return events.with_values(rows, user=BLANK, anonymous=-1)


def _orphan(world: w.World, events: Events, rng: np.random.Generator) -> Events:
    """A user who is in no file."""
    rows = _some(rng, world.dirt.orphan, len(events))
    user = FIRST_ORPHAN + rng.integers(0, max(1, world.users // 100), len(rows))
    return events.with_values(rows, user=user, anonymous=-1)


def _duplicate(world: w.World, events: Events, rng: np.random.Generator) -> Events:
    """The same event delivered again later, now and then with another payload."""
    rows = _some(rng, world.dirt.duplicate, len(events))
    received = events.received[rows] + between(rng, MINUTE, 2 * DAY, len(rows))
    there = received < world.end
    again = events.rows(rows[there]).with_values(
        np.arange(int(there.sum())), received=received[there]
    )
    differs = _some(rng, world.dirt.duplicate_differs, len(again))
    planned = differs[again.name[differs] < len(w.EVENTS)]
    again = again.with_values(planned, text=texts(rng, again.name[planned]))
    return concatenate([events, again])
