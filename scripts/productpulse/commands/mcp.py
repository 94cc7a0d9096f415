"""`productpulse mcp`: the catalogue and its numbers for agents."""

from typing import Annotated

import typer

from productpulse.errors import PulseError


def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Serve HTTP on 127.0.0.1 in place of stdin and stdout.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of HTTP; 0 takes a free one.")
    ] = 8765,
    allow_sql: Annotated[
        bool, typer.Option("--allow-sql", help="Also answer SELECTs on the marts.")
    ] = False,
    timeout: Annotated[
        int, typer.Option(min=1, max=600, help="Seconds after which an answer is given up.")
    ] = 30,
) -> None:
    """Serve the metrics to agents over the Model Context Protocol; needs the extra mcp.

    Read only, with the rights of the reporter; without names, e-mail addresses and free text.
    """
    try:
        from productpulse.mcp import http as over_http
        from productpulse.mcp.server import make

        if allow_sql:
            import sqlglot  # noqa: F401
    except ModuleNotFoundError as error:
        raise PulseError(f"{error.name} is missing: pip install 'productpulse[mcp]'") from error
    if http:
        over_http.serve(port, timeout, allow_sql)
    else:
        make(timeout, allow_sql).run()
