"""A world that goes on while you watch: what arrives is loaded every few seconds."""

import tempfile
import time
from pathlib import Path

import numpy as np
import typer

from productpulse.loader.load import load
from productpulse.simulator.company import company
from productpulse.simulator.instants import SECOND
from productpulse.simulator.simulate import simulate
from productpulse.simulator.world import World

SECONDS_BETWEEN_LOADS = 2.0


def follow(world: World, since: int, until: int, speed: float) -> None:
    """Load what arrives from `since` to `until` (instants), `speed` simulated seconds per second.

    Everything before `since` counts as loaded. Each tick is one load, all of it or nothing: however
    this ends, the warehouse knows the world up to one moment. Raises PulseError as loads do.
    """
    made = company(world)
    begun, seen = time.monotonic(), since
    while seen < until:
        time.sleep(SECONDS_BETWEEN_LOADS)
        passed = int((time.monotonic() - begun) * speed * SECOND)
        now = min(max(since + passed, seen + 1), until)
        with tempfile.TemporaryDirectory(prefix="pulse-") as folder:
            rows = simulate(world, Path(folder) / "tick", since=seen, until=now, known=made)
            if any(rows.values()):
                load(Path(folder) / "tick", "all")
        seen = now
        shown = np.datetime_as_string(np.datetime64(seen, "us"), "s").replace("T", " ")
        typer.echo(f"{shown}  {rows['events']:>9,} events, {sum(rows.values()):>9,} rows")
