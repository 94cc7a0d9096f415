"""Who was shown which variant of the experiments."""

import numpy as np
import pyarrow as pa

from productpulse.simulator import world as w
from productpulse.simulator.activity import Sessions
from productpulse.simulator.draw import choose
from productpulse.simulator.instants import DAY, SECOND
from productpulse.simulator.tables import frame, user_keys, words


def assignments(
    world: w.World, made: Sessions, first_user: int, rng: np.random.Generator
) -> pa.Table:
    """The raw table `experiment_assignments` of one block: users taken in when they first come."""
    parts = []
    for experiment in w.EXPERIMENTS:
        begins = world.start + int(experiment.begins * world.days) * DAY
        ends = world.start + int(experiment.ends * world.days) * DAY
        running = np.flatnonzero((made.start >= begins) & (made.start < ends))
        # Sessions are sorted by user and start: the first found is the user's earliest.
        users, first = np.unique(made.user[running], return_index=True)
        taken = rng.random(len(users)) < experiment.reach
        count = int(taken.sum())
        variant = choose(rng, [share for _, share in experiment.variants], count)
        at = made.start[running[first[taken]]] + rng.integers(1, 9, count) * SECOND
        parts.append(frame("experiment_assignments", {
            "experiment_id": words([experiment.experiment_id], np.zeros(count, np.int64)),
            "user_id": user_keys(first_user + users[taken]),
            "variant": words([name for name, _ in experiment.variants], variant),
            "assigned_at": np.minimum(at, world.end - 1),
        }))  # fmt: skip
    return pa.concat_tables(parts)
