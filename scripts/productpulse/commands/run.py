"""`productpulse run`: simulate (or take a folder), load, build, show."""

from pathlib import Path
from typing import Annotated

import typer

from productpulse.commands.build import Variables
from productpulse.commands.load import CompleteUntil
from productpulse.console import err, step
from productpulse.errors import Exit, PulseError
from productpulse.paths import state_dir


def run(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder to load; without one, a simulated company."),
    ] = None,
    complete_until: CompleteUntil = None,
    variables: Variables = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Do everything in order and nothing twice: load, build, print the key numbers.

    Without DIR, an empty database gets a simulated company; one that holds data keeps them unmixed.
    """
    from productpulse import builds, dbt
    from productpulse.commands.status import as_text, show, told
    from productpulse.database import database_url
    from productpulse.loader.load import load
    from productpulse.loader.show import show_lines
    from productpulse.lock import hold
    from productpulse.variables import parse_variables

    parse_variables(variables)
    if complete_until and not directory:
        raise PulseError("--complete-until speaks of a folder: name it", Exit.USAGE)
    url = database_url()
    report, built = None, None
    with hold(url):
        if directory or not builds.is_loaded(url):
            report = load(directory or _simulated(), complete_until=complete_until)
            show_lines(report)
        else:
            err.print("load: the database holds data already", markup=False)
        outcome = dbt.build(variables=variables)
        built = None if outcome.did_nothing else outcome
    if as_json:
        did = {"load": report and report.as_dict(), "build": built and built.as_dict()}
        typer.echo(as_text({"did": did, **told()}))
    else:
        show()
    raise typer.Exit(report.exit_code if report else Exit.OK)


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
