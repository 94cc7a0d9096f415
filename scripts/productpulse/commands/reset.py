"""`productpulse reset-demo`: back to an empty warehouse."""

import shutil
from contextlib import closing
from typing import Annotated

import typer

from productpulse.console import err, is_interactive
from productpulse.errors import PulseError


def reset_demo(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove everything loaded and built, and the simulated company; the server stays."""
    from productpulse.database import connect, database_url, lake_dir
    from productpulse.lock import hold
    from productpulse.paths import state_dir
    from productpulse.schemas import LAYERS, schema_of

    url = database_url()
    schemas = [schema_of(layer) for layer in LAYERS]
    place = url.render_as_string(hide_password=True)
    if not yes:
        if not is_interactive():
            raise PulseError(f"this removes all data in {place}: confirm with --yes")
        typer.confirm(f"Remove the schemas {', '.join(schemas)} in {place}?", abort=True, err=True)
    with (
        hold(url),
        closing(connect(url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        for schema in schemas:
            cursor.execute(f"drop schema if exists {schema} cascade")
    shutil.rmtree(lake_dir(), ignore_errors=True)
    shutil.rmtree(state_dir() / "simulated", ignore_errors=True)
    err.print("removed; next: productpulse run", markup=False)
