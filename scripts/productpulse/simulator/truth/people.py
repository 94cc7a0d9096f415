"""The hidden kind of each user, and the funnel steps they were sent through."""

import numpy as np
import pyarrow as pa

from productpulse.simulator import catalogue
from productpulse.simulator import world as w
from productpulse.simulator.activity import ONBOARDING
from productpulse.simulator.events import Events
from productpulse.simulator.habits import UserHabits
from productpulse.simulator.instants import DAY
from productpulse.simulator.people import Users
from productpulse.simulator.tables import TYPES, user_keys, words

LAPSED_DAYS = 28


def user_segments(world: w.World, users: Users, of: UserHabits, first: int, until: int) -> pa.Table:
    """`user_segments`: one row per user who had signed up by `until`; `is_lapsed` when none of the
    user's intervals of use touches the four weeks before."""
    there = users.created < until
    last = (until - world.start) // DAY
    on = (of.spell_starts < last) & (of.spell_ends > last - LAPSED_DAYS)
    lapsed = ~np.any(on, axis=1)
    names = [segment.name for segment in catalogue.SEGMENTS]
    return pa.table({
        "user_id": user_keys(first + np.flatnonzero(there)),
        "segment": words(names, users.segment[there]),
        "is_lapsed": lapsed[there],
    })  # fmt: skip


def funnel_paths(events: Events, until: int) -> pa.Table:
    """`funnel_paths`: one row per step of the onboarding that a user really took."""
    step = np.full(len(catalogue.EVENTS) + len(catalogue.UNPLANNED_EVENTS), -1)
    step[ONBOARDING] = np.arange(len(ONBOARDING))
    taken = (step[events.name] >= 0) & (events.owner >= 0)
    taken &= (events.occurred < until) & (events.received < until)
    found = events.rows(taken)
    return pa.table({
        "user_id": user_keys(found.owner),
        "step_number": step[found.name] + 1,
        "event_name": words([kind.name for kind in catalogue.EVENTS], found.name),
        "occurred_at": pa.array(found.occurred).cast(TYPES["timestamptz"]),
    })  # fmt: skip
