"""`productpulse build`: one `dbt build`."""

import json
from typing import Annotated

import typer

from productpulse.console import out

Variables = Annotated[
    str | None, typer.Option("--vars", metavar="JSON", help="dbt vars, as a JSON object.")
]


def build(
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild everything from scratch.")
    ] = False,
    variables: Variables = None,
    target: Annotated[str, typer.Option("--target", help="postgres or duckdb.")] = "postgres",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Build and test every table from the loaded data.

    When only vars or seeds have changed since the last build, only what depends on them is built.
    """
    from productpulse import dbt
    from productpulse.variables import parse_variables

    parse_variables(variables)
    outcome = dbt.build(target, variables, full_refresh)
    if as_json:
        typer.echo(json.dumps(outcome.as_dict(), ensure_ascii=False))
        return
    if not outcome.did_nothing:
        out.print(outcome.as_text(), markup=False)
    out.print("next: productpulse status", markup=False)
