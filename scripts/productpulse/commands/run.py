"""`productpulse run`: simulate (or take a folder), load, build, show."""

from pathlib import Path
from typing import Annotated

import typer

from productpulse.console import err, step
from productpulse.errors import Exit
from productpulse.paths import state_dir


def run(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder to load; without one, a simulated company."),
    ] = None,
) -> None:
    """Do everything in order and nothing twice: load, build, print the key numbers.

    Without DIR, an empty database gets a simulated company; one that holds data keeps them unmixed.
    """
    from productpulse import builds, dbt
    from productpulse.commands.status import status
    from productpulse.database import database_url
    from productpulse.loader.load import load
    from productpulse.loader.show import show_lines
    from productpulse.lock import hold

    url = database_url()
    problems = Exit.OK
    with hold(url):
        if directory or not builds.is_loaded(url):
            report = load(directory or _simulated())
            show_lines(report)
            problems = report.exit_code
        else:
            err.print("load: the database holds data already", markup=False)
        wanted = builds.fingerprint(url)
        if builds.is_built(url, wanted):
            err.print("dbt build: nothing has changed since the last one", markup=False)
        else:
            dbt.build()
            builds.remember(url, wanted)
    status()
    raise typer.Exit(problems)


def _simulated() -> Path:
    """The folder of the demo company, simulated unless an earlier run has done so."""
    from productpulse.simulator.simulate import simulate
    from productpulse.simulator.sizes import SIZES
    from productpulse.simulator.world import World

    folder = state_dir() / "simulated" / "demo"
    if (folder / "manifest.json").is_file():
        return folder
    size = SIZES["demo"]
    world = World(users=size.users, days=size.days, intensity=size.intensity)
    with step("simulating a company", total=world.users) as progress:
        simulate(world, folder, progress.advance)
    return folder
