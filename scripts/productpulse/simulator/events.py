"""The events of a block of users as columns of numbers, and as the raw table."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import catalogue, draw
from productpulse.simulator.tables import Rows, frame, hex_keys, keys, words

NAMES = tuple(kind.name for kind in catalogue.EVENTS) + catalogue.UNPLANNED_EVENTS
IS_ACTIVITY = np.array(
    [kind.is_activity for kind in catalogue.EVENTS] + [True] * len(catalogue.UNPLANNED_EVENTS)
)

# All property texts of all events in one list; those of one event are next to each other.
BROKEN_JSON = '{"report":"revenue","source":'
TEXTS = (*(text for kind in catalogue.EVENTS for text in kind.properties), BROKEN_JSON)
TEXT_COUNTS = np.array(
    [len(kind.properties) for kind in catalogue.EVENTS] + [0] * len(catalogue.UNPLANNED_EVENTS)
)
TEXT_STARTS = np.cumsum(TEXT_COUNTS) - TEXT_COUNTS

BLANK = -2  # the number of a user whose key is one space
BLANK_ID, NULL_ID = 1, 2


@dataclass(frozen=True)
class Events:
    """One entry per event. Numbers replace keys and codes replace words; -1 is null.

    `owner`: the user it really belongs to, -1 for none. `known`: the time from which the data say
    so. `amount`: a number in the properties, NaN where there is none.
    """

    key: draw.Keys
    spoilt: np.ndarray  # its id: 0 when correct, or BLANK_ID or NULL_ID
    user: np.ndarray
    owner: np.ndarray
    known: np.ndarray
    anonymous: np.ndarray
    name: np.ndarray
    occurred: np.ndarray
    received: np.ndarray
    session: np.ndarray  # 0 is null
    platform: np.ndarray
    text: np.ndarray
    amount: np.ndarray

    def __len__(self) -> int:
        return len(self.key)

    def rows(self, which: np.ndarray) -> "Events":
        """Some of the events, by mask or by positions."""
        return Events(**{name: values[which] for name, values in vars(self).items()})

    def having(self, **values: np.ndarray | float) -> "Events":
        """The same events with other values in some columns."""
        return replace(
            self, **{name: np.broadcast_to(value, len(self)) for name, value in values.items()}
        )


def concatenate(parts: list[Events]) -> Events:
    """All events of the parts, one after another."""
    return Events(**{
        name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])
    })  # fmt: skip


def texts(of: draw.Keys, names: np.ndarray) -> np.ndarray:
    """A property text for each event, -1 where its kind has none."""
    count = TEXT_COUNTS[names]
    chosen = TEXT_STARTS[names] + draw.between(of, "properties", 0, count)
    return np.where(count > 0, chosen, -1)


def event_ids(events: Events) -> pa.Array:
    """The keys of events as they are written."""
    written = hex_keys("evt_", events.key, events.spoilt == NULL_ID)
    return pc.if_else(pa.array(events.spoilt == BLANK_ID), " ", written)


def event_rows(events: Events) -> Rows:
    """The raw table `events`."""
    user = np.where(events.user >= 0, events.user + 1, events.user)
    user_id = keys("usr_", np.maximum(user, 0), 7, user == -1)
    properties = words(TEXTS, events.text)
    if (has := ~np.isnan(events.amount)).any():
        cents = np.where(has, np.round(np.nan_to_num(events.amount) * 100), 0).astype(np.int64)
        number = pc.cast(pc.divide(pa.array(cents), pa.scalar(100.0)), pa.string())
        amount = pc.binary_join_element_wise('{"amount":', number, "}", "")
        properties = pc.if_else(pa.array(has), amount, properties)
    table = frame("events", {
        "event_id": event_ids(events),
        "user_id": pc.if_else(pa.array(user == BLANK), " ", user_id),
        "anonymous_id": keys("anon_", np.maximum(events.anonymous, 0), 8, events.anonymous < 0),
        "event_name": words(NAMES, events.name),
        "occurred_at": events.occurred,
        "received_at": events.received,
        "session_id": hex_keys("ses_", events.session, events.session == 0),
        "platform": words(catalogue.PLATFORMS, events.platform),
        "properties": properties,
    })  # fmt: skip
    return Rows(table, events.received)
