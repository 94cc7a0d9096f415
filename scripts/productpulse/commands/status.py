"""`productpulse status`: the key numbers, and where to read on."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from productpulse.console import out

LABELS = {
    "as_of_date": "as of",
    "dau": "daily active users",
    "wau": "weekly active users",
    "mau": "monthly active users (28 days)",
    "stickiness_rate": "stickiness (mean DAU / MAU)",
    "closing_arr_amount": "ARR at the close of the last complete month",
    "customers": "paying customers",
    "gross_arr_amount": "ARR booked in that month",
    "cancelled_arr_amount": "ARR lost in that month",
    "nrr_12m_rate": "net revenue retention, 12 months",
    "grr_12m_rate": "gross revenue retention, 12 months",
}


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print the key numbers and where a BI tool finds them."""
    from productpulse.database import database_url, is_external, url_text
    from productpulse.summary import key_numbers, marts

    url = database_url()
    numbers, tables = key_numbers(url), marts(url)
    if as_json:
        typer.echo(
            json.dumps({"numbers": numbers, "marts": [name for name, _ in tables]}, default=str)
        )
        return
    shown = Table(show_header=False, box=None, pad_edge=False)
    for name, label in LABELS.items():
        shown.add_row(label, _text(name, numbers[name]))
    out.print(shown)
    out.print("\ntables, in the schema marts:", markup=False)
    for name, description in tables:
        out.print(f"  {name:<30} {description.split('.')[0].split(':')[0]}", markup=False)
    # a password that somebody else chose is not ours to show
    address = url.render_as_string(hide_password=True) if is_external() else url_text(url)
    out.print(f"\nconnect a BI tool to: {address}", markup=False)
    out.print(
        "or ask: productpulse db psql -c 'select * from marts.fct_arr_by_period limit 5'",
        markup=False,
    )


def _text(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name.endswith("_rate"):
        return f"{value:.1%}"
    if name.endswith("_amount"):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
