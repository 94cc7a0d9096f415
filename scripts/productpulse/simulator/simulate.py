"""The whole simulation: every part in its order, block by block of users, into a folder."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from productpulse.simulator import (
    activity,
    billing,
    contracts,
    dirt,
    experiments,
    feedback,
    habits,
    people,
    support,
)
from productpulse.simulator.draw import stream
from productpulse.simulator.events import event_table
from productpulse.simulator.world import USERS_PER_BLOCK, World
from productpulse.simulator.write import folder_of_tables

Tables = dict[str, pa.Table]


def manifest(world: World) -> dict[str, Any]:
    """What a simulation was made from: nothing else decides its contents."""
    return asdict(world) | {"as_of": world.as_of.isoformat()}


def parts(world: World) -> Iterator[tuple[Tables, int]]:
    """The raw tables in pieces: first those of the company, then those of each block of users.

    Each piece comes with the number of users that it completes.
    """
    accounts, users = people.populate(world)
    made, changes = contracts.contracts(world, accounts, users)
    payers = contracts.standing(len(accounts) + len(users), made, changes)
    of_users = payers.of_users(users.account, len(accounts))
    yield (
        {
            **people.people_tables(world, accounts, users),
            **contracts.contract_tables(made, changes, len(accounts)),
            **billing.billing_tables(world, made, changes, len(accounts)),
            "support_tickets": support.tickets(world, users, of_users),
        },
        0,
    )

    dates = habits.calendar(world)
    for block, first in enumerate(range(0, len(users), USERS_PER_BLOCK)):
        last = min(first + USERS_PER_BLOCK, len(users))
        some = users.part(first, last)
        having = habits.habits_of(
            world, some, of_users.part(first, last), dates, stream(world.seed, "habits", block)
        )
        visits = activity.sessions(
            world, some, having, dates, stream(world.seed, "sessions", block)
        )
        clean, seen = activity.events_of(world, some, having, visits, first, block)
        events = dirt.soil(world, clean, stream(world.seed, "dirt", block))
        yield (
            {
                "events": event_table(events, block),
                "user_aliases": activity.alias_table(seen, first),
                "experiment_assignments": experiments.assignments(
                    world, visits, first, stream(world.seed, "experiments", block)
                ),
                "nps_responses": feedback.answers(
                    world, some, visits, first, stream(world.seed, "feedback", block)
                ),
            },
            last - first,
        )


def simulate(
    world: World, directory: Path, progress: Callable[[int], None] = lambda users: None
) -> dict[str, int]:
    """Write the raw tables of a world and its manifest.json; returns the rows of each table.

    Either the whole simulation is in `directory` afterwards, in place of an earlier one, or nothing
    has changed. Raises PulseError when the folder holds anything but an earlier simulation.
    """
    with folder_of_tables(directory, manifest(world)) as write:
        for tables, users in parts(world):
            for name, table in tables.items():
                write.add(name, table)
            progress(users)
    return write.rows
