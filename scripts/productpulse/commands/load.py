"""`productpulse load` and `productpulse check`."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from productpulse.loader.report import LoadReport

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder with users.csv and others.")]
CompleteUntil = Annotated[
    str | None,
    typer.Option(
        "--complete-until",
        metavar="MOMENT",
        help="The data are complete up to this time: 2026-07-01 (the last complete day is then"
        " 2026-06-30) or 2026-06-30T12:00:00Z. Without it, the data's own times decide.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


class Target(StrEnum):
    """Where rows go."""

    all = "all"
    postgres = "postgres"
    duckdb = "duckdb"


def load(
    directory: Folder,
    target: Annotated[
        Target, typer.Option(help="Postgres, the Parquet files that DuckDB reads, or both.")
    ] = Target.all,
    complete_until: CompleteUntil = None,
    as_json: AsJson = False,
) -> None:
    """Load the CSV and Parquet files of a folder; files that are already loaded are skipped."""
    from productpulse.loader.load import load as load_folder

    _finish(load_folder(directory, target.value, complete_until), as_json)


def check(directory: Folder, as_json: AsJson = False) -> None:
    """Show what `load` would take from a folder and what it would not, without a database."""
    from productpulse.loader.load import check as check_folder

    _finish(check_folder(directory), as_json)


def _finish(report: "LoadReport", as_json: bool) -> None:
    from productpulse.loader.show import show_lines, show_table

    show_lines(report)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        show_table(report)
    raise typer.Exit(report.exit_code)
