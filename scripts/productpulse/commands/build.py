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
        bool, typer.Option("--full-refresh", help="Rebuild incremental models from nothing.")
    ] = False,
    variables: Variables = None,
    target: Annotated[str, typer.Option("--target", help="postgres or duckdb.")] = "postgres",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Build and test every table from what is loaded."""
    from productpulse import dbt
    from productpulse.variables import parse_variables

    parse_variables(variables)
    outcome = dbt.build(target, variables, full_refresh)
    did = outcome.as_dict()
    if as_json:
        typer.echo(json.dumps(did, ensure_ascii=False))
        return
    out.print("{steps} steps: {passed} passed, {warned} warned".format_map(did), markup=False)
    out.print("next: productpulse status", markup=False)
