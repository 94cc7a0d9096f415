"""`productpulse run`: simulate (or take a folder), load, build, show."""

from pathlib import Path
from typing import Annotated

import typer

from productpulse.commands.build import Variables
from productpulse.commands.load import CompleteUntil
from productpulse.console import err, step
from productpulse.errors import Exit, PulseError
from productpulse.paths import own_folder, state_dir


def run(
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="Folder to load; without it, the data already loaded, or the demo company.",
        ),
    ] = None,
    complete_until: CompleteUntil = None,
    variables: Variables = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Load, build and print the key numbers; steps that are already done are skipped.

    Without DIR, the checkout gets a simulated company in its embedded Postgres; a folder made by
    `init` builds what is already loaded there.
    """
    from productpulse import builds, dbt
    from productpulse.commands.status import as_text, show, told
    from productpulse.database import database_url
    from productpulse.loader.load import load
    from productpulse.loader.origin import refuse_demo_seeds
    from productpulse.loader.show import show_lines
    from productpulse.lock import hold
    from productpulse.own import check_seeds
    from productpulse.settings import project_vars
    from productpulse.variables import parse_variables

    told_vars = parse_variables(variables)
    check_seeds()
    if complete_until and not directory:
        raise PulseError("--complete-until is about a folder: give the folder too", Exit.USAGE)
    if directory and directory.is_dir():
        refuse_demo_seeds(directory)
    elif not directory and not own_folder():
        _refuse_elsewhere()
    url = database_url()
    report, built = None, None
    with hold(url):
        has_data = builds.is_loaded(url) or bool((project_vars() | told_vars)["sources"])
        if directory or not has_data:
            folder = directory or _simulated()
            report = load(folder, complete_until=complete_until, variables=told_vars)
            show_lines(report)
        else:
            err.print("load: skipped, the database already holds data", markup=False)
        outcome = dbt.build(variables=variables)
        built = None if outcome.did_nothing else outcome
    if as_json:
        did = {"load": report and report.as_dict(), "build": built and built.as_dict()}
        typer.echo(as_text({"did": did, **told()}))
    else:
        show()
    raise typer.Exit(report.exit_code if report else Exit.OK)


def _refuse_elsewhere() -> None:
    """The demo company goes only into the embedded database."""
    from productpulse.database import is_external

    if is_external():
        raise PulseError(
            "without a folder, run makes the demo company, which goes only into the embedded"
            " Postgres, but PULSE_DATABASE_URL or PG* names another database: unset that, or give"
            " a folder to load: productpulse run DIR"
        )


def _simulated() -> Path:
    """The folder of the demo company, which is simulated unless an earlier run did so."""
    if own_folder():
        raise PulseError(
            "nothing is loaded yet: give the folder with your data: productpulse run DIR"
        )
    from productpulse.loader.origin import manifest_of
    from productpulse.simulator.simulate import simulate
    from productpulse.simulator.sizes import SIZES
    from productpulse.simulator.world import World

    folder = state_dir() / "simulated" / "demo"
    if manifest_of(folder):
        return folder
    size = SIZES["demo"]
    world = World(users=size.users, days=size.days, intensity=size.intensity)
    with step("simulating a company", total=world.users) as progress:
        simulate(world, folder, progress.advance)
    return folder
