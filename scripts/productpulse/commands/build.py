"""`productpulse build`: one `dbt build`."""

from typing import Annotated

import typer

from productpulse.console import out


def build(
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild incremental models from nothing.")
    ] = False,
    variables: Annotated[
        str | None, typer.Option("--vars", metavar="JSON", help="dbt vars, as a JSON object.")
    ] = None,
    target: Annotated[str, typer.Option("--target", help="postgres or duckdb.")] = "postgres",
) -> None:
    """Build and test every table from what is loaded."""
    from productpulse import dbt

    outcome = dbt.build(target, variables, full_refresh)
    stats = outcome.stats
    out.print(
        f"{stats.get('total', 0)} steps: {stats.get('pass', 0)} passed, "
        f"{stats.get('warn', 0)} warned",
        markup=False,
    )
    out.print("next: productpulse status", markup=False)
