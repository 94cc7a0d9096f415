"""The whole simulation into a folder: the company, then its users block by block."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from productpulse.simulator.company import (
    Block,
    Company,
    block,
    company,
    company_rows,
    company_truth,
    seen_dirt,
)
from productpulse.simulator.truth.active import ActiveUsers
from productpulse.simulator.world import World
from productpulse.simulator.write import folder_of_tables

# Blocks that a worker may be ahead of the writer: more take more memory, fewer make workers wait.
BLOCKS_AHEAD = 2


def simulate(
    world: World,
    directory: Path,
    progress: Callable[[int], None] = lambda users: None,
    since: int | None = None,
    until: int | None = None,
    workers: int = 1,
    known: Company | None = None,
) -> dict[str, int]:
    """Write the raw tables of a world, its truth/ and its manifest.json; returns rows by table.

    Writes what arrived or changed from the instant `since` up to, but not including, `until`, and
    the truth of everything before `until`; by default the whole world. `known`: a company already
    made. Afterwards `directory` holds everything, in place of an earlier simulation, or nothing has
    changed. Raises PulseError when the folder holds anything other than a simulation.
    """
    since = world.start if since is None else since
    until = world.end if until is None else until
    _use_system_memory()
    of = known or company(world)
    parameters = manifest(world) | {"since": str(_time(since)), "until": str(_time(until))}
    with folder_of_tables(directory, parameters) as write:
        for tables, dirty in company_rows(of):
            for name, table in tables.items():
                write.add(name, table.seen(since, until))
            write.add_truth("dirty_rows", seen_dirt(dirty, until))
        active, uses = ActiveUsers(), []
        for users, done in _blocks(of, since, until, workers):
            for name, seen in done.rows.items():
                write.add(name, seen)
            for name, table in done.truth.items():
                write.add_truth(name, table)
            active.add(done.active)
            uses.append(done.used)
            progress(users)
        for name, table in (company_truth(of, uses, until) | active.tables(until)).items():
            write.add_truth(name, table)
    return write.rows


def manifest(world: World) -> dict[str, Any]:
    """What a simulation is made from: nothing else decides its contents."""
    return asdict(world) | {"as_of": world.as_of.isoformat()}


def _time(instant: int) -> np.datetime64:
    return np.datetime64(instant, "us")


def _blocks(of: Company, since: int, until: int, workers: int) -> Iterator[tuple[int, Block]]:
    """The blocks in order, whichever process makes them, each after the number of its users."""
    if workers == 1:
        for part in of.parts():
            yield len(part.users), block(part, since, until)
        return
    with _pool(workers) as pool:
        waiting = of.parts()
        ahead: deque[tuple[int, Future[Block]]] = deque()
        while True:
            for part in islice(waiting, workers * BLOCKS_AHEAD - len(ahead)):
                with _no_interruption():
                    made = pool.submit(block, part, since, until)
                ahead.append((len(part.users), made))
            if not ahead:
                return
            count, made = ahead.popleft()
            yield count, made.result()


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that make blocks. An interruption waits for the blocks in progress, which is short:
    killing a process that holds an end of a pipe may block the others for ever."""
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, spawn, initializer=_use_system_memory)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _no_interruption() -> Iterator[None]:
    """Ignore Ctrl-C for a moment. Processes that start meanwhile always ignore it: only the process
    that writes handles an interruption."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _use_system_memory() -> None:
    # Arrow's own pool never returns memory, which is a lot for large worlds.
    pa.set_memory_pool(pa.system_memory_pool())
