"""The events of a block of users as columns of numbers, and as the raw table."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import world as w
from productpulse.simulator.tables import frame, keys, words

NAMES = tuple(kind.name for kind in w.EVENTS) + w.UNPLANNED_EVENTS

# All property texts of all events in one row; those of an event stand together.
TEXTS = tuple(text for kind in w.EVENTS for text in kind.properties)
TEXT_COUNTS = np.array([len(kind.properties) for kind in w.EVENTS] + [0] * len(w.UNPLANNED_EVENTS))
TEXT_STARTS = np.cumsum(TEXT_COUNTS) - TEXT_COUNTS

BLANK = -2  # as a number of an event or a user: a key of one space
EVENTS_PER_BLOCK = 10**8


@dataclass(frozen=True)
class Events:
    """One entry per event. Numbers stand for keys and codes for words; -1 is null."""

    number: np.ndarray
    user: np.ndarray
    anonymous: np.ndarray
    name: np.ndarray
    occurred: np.ndarray
    received: np.ndarray
    session: np.ndarray
    platform: np.ndarray
    text: np.ndarray

    def __len__(self) -> int:
        return len(self.number)

    def rows(self, which: np.ndarray) -> "Events":
        """Some of the events, by mask or by positions."""
        return Events(**{name: values[which] for name, values in vars(self).items()})

    def with_values(self, which: np.ndarray, **values: np.ndarray | int) -> "Events":
        """The same events with some columns set anew in the rows `which`."""
        columns = {}
        for name, value in values.items():
            columns[name] = getattr(self, name).copy()
            columns[name][which] = value
        return replace(self, **columns)


def concatenate(parts: list[Events]) -> Events:
    """All events of the parts, one after another."""
    return Events(**{
        name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])
    })  # fmt: skip


def texts(rng: np.random.Generator, names: np.ndarray) -> np.ndarray:
    """A property text for each event, -1 where its kind has none."""
    count = TEXT_COUNTS[names]
    chosen = TEXT_STARTS[names] + (rng.random(len(names)) * count).astype(np.int64)
    return np.where(count > 0, chosen, -1)


def _keys_or_blank(prefix: str, numbers: np.ndarray, digits: int) -> pa.Array:
    made = keys(prefix, np.maximum(numbers, 0), digits, numbers == -1)
    return pc.if_else(pa.array(numbers == BLANK), " ", made)


def event_table(events: Events, block: int) -> pa.Table:
    """The raw table `events` of one block."""
    number = np.where(events.number >= 0, block * EVENTS_PER_BLOCK + events.number, events.number)
    session = np.where(events.session >= 0, block * EVENTS_PER_BLOCK + events.session, -1)
    user = np.where(events.user >= 0, events.user + 1, events.user)
    return frame("events", {
        "event_id": _keys_or_blank("evt_", number, 12),
        "user_id": _keys_or_blank("usr_", user, 7),
        "anonymous_id": keys("anon_", np.maximum(events.anonymous, 0), 8, events.anonymous < 0),
        "event_name": words(NAMES, events.name),
        "occurred_at": events.occurred,
        "received_at": events.received,
        "session_id": keys("ses_", np.maximum(session, 0), 12, session < 0),
        "platform": words(w.PLATFORMS, events.platform),
        "properties": words(TEXTS, events.text),
    })  # fmt: skip
