"""The command line `productpulse`."""

import signal
import sys
from typing import Annotated, Any

import typer

from productpulse import __version__
from productpulse.commands import (
    build,
    churn_model,
    dashboard,
    db,
    env,
    experiment,
    init,
    lineage,
    load,
    mcp,
    metric,
    reset,
    run,
    scenario,
    segment,
    simulate,
    status,
)
from productpulse.console import fail, interrupted
from productpulse.database import first_line
from productpulse.errors import Exit, PulseError


def _version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"productpulse {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="productpulse",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def productpulse(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Product analytics from users, events and subscriptions: simulate, load, build, read."""


app.command()(run.run)
app.command()(init.init)
app.command()(simulate.simulate)
app.command()(load.load)
app.command()(load.check)
app.command()(build.build)
app.command()(status.status)
app.command()(lineage.lineage)
app.command()(scenario.scenario)
app.command()(segment.segment)
app.command("churn-model")(churn_model.churn_model)
app.command()(dashboard.dashboard)
app.command()(mcp.mcp)
app.command()(env.env)
app.command("reset-demo")(reset.reset_demo)
app.command()(reset.reset)
app.add_typer(metric.app, name="metric")
app.add_typer(db.app, name="db")
app.add_typer(experiment.app, name="experiment")


def main() -> None:
    """Run the command line; an error that a user can cause is one line, not a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, _interrupt)
    try:
        code = app(standalone_mode=False) or Exit.OK
        if code == Exit.INTERRUPTED:
            fail("interrupted")
        sys.exit(code)
    except PulseError as error:
        fail(str(error))
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        fail("interrupted")
        sys.exit(Exit.INTERRUPTED)
    except typer.TyperException as error:
        # A group that is called without a command has already printed its help.
        if said := error.format_message().replace("Value error, ", "").rstrip("."):
            fail(f"{said}: see {_path(getattr(error, 'ctx', None))} --help")
        sys.exit(Exit.USAGE)
    except PermissionError as error:
        fail(f"{error.filename}: {error.strerror}: use a folder that you may write to")
        sys.exit(Exit.FAILED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.OK)
    except Exception as error:
        import psycopg2  # Most commands do not need it, and importing it takes time.

        if not isinstance(error, psycopg2.Error):
            raise
        fail(f"Postgres: {first_line(error)}: fix that and run the command again")
        sys.exit(Exit.FAILED)


def _path(context: Any) -> str:
    """The command of a typer context as the user types it; of None, the program."""
    names: list[str] = []
    while context and context.parent:
        names.insert(0, str(context.info_name))
        context = context.parent
    return " ".join(["productpulse", *names])


def _interrupt(*_: object) -> None:
    interrupted.set()
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
