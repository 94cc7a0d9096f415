"""`productpulse scenario`: the effect of changed assumptions."""

import json
import re
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.table import Table

from productpulse.console import out
from productpulse.errors import Exit, PulseError
from productpulse.schemas import schema_of

PERCENT = re.compile(r"([+-]?\d{1,4}(?:\.\d{1,4})?)\s*%?")
LOWEST, HIGHEST = Decimal(-100), Decimal(1000)

# The macro and the models of fct_scenarios, with other assumptions.
QUERY = """
{{% set scenarios %}}({given}){{% endset %}}
select
    effects.*,
    sum(monthly_impact_amount) over () as all_monthly_impact_amount,
    sum(annual_impact_amount) over () as all_annual_impact_amount
from (
    {{{{ scenario_effects(
        scenarios, ref('int_decisions__levers'), ref('int_revenue__reporting_currency')
    ) }}}}
) as effects
"""


def scenario(
    churn: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="Customers who leave or pause: -10%.")
    ] = None,
    activation: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="New customers.")
    ] = None,
    arpa: Annotated[str | None, typer.Option(metavar="PERCENT", help="MRR per customer.")] = None,
    recovery: Annotated[
        str | None,
        typer.Option(metavar="PERCENT", help="MRR lost because payments failed."),
    ] = None,
    target: Annotated[str, typer.Option("--target", help="postgres or duckdb.")] = "postgres",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the effect of changed assumptions, compared with the last complete months going on."""
    from productpulse import dbt

    asked = {"churn": churn, "activation": activation, "arpa": arpa, "recovery": recovery}
    changes = {
        name: _percent(text, f"--{name}") for name, text in asked.items() if text is not None
    }
    if not changes:
        raise PulseError(
            "no assumption is given: try `productpulse scenario --churn -10%`", Exit.USAGE
        )
    given = " union all ".join(
        "select 'asked' as scenario_id, 'asked' as name, "
        f"'{name}' as assumption, cast({change} as numeric(9, 4)) as change_percent"
        for name, change in changes.items()
    )
    rows = dbt.show(QUERY.format(given=given), target)
    if as_json:
        typer.echo(json.dumps(_as_dict(rows, changes)))
        return
    shown = Table(box=None, pad_edge=False)
    for heading in ("assumption", "change", "moves per month", "MRR after a month", "in a year"):
        shown.add_column(heading, justify="left" if heading == "assumption" else "right")
    for name, change in changes.items():
        row = next(row for row in rows if row["assumption"] == name)
        amounts = ("base_monthly_amount", "monthly_impact_amount", "annual_impact_amount")
        shown.add_row(name, f"{change:+}%", *(_amount(row[column]) for column in amounts))
    if len(changes) > 1:
        sums = ("all_monthly_impact_amount", "all_annual_impact_amount")
        shown.add_row("all", "", "", *(_amount(rows[0][column]) for column in sums))
    out.print(shown)
    table = f"{schema_of('marts')}.fct_scenarios"
    out.print(f"next: add it to seeds/scenarios.csv to have it in {table}", markup=False)


def _as_dict(rows: list[dict[str, Any]], changes: dict[str, Decimal]) -> dict[str, Any]:
    """As JSON: amounts and percentages as exact text, null where there are no data."""

    def amount(value: object) -> str | None:
        return None if value is None else f"{Decimal(str(value)):.2f}"

    effects = ("base_monthly_amount", "monthly_impact_amount", "annual_impact_amount")
    sums = ("monthly_impact_amount", "annual_impact_amount")
    return {
        "assumptions": [
            {"assumption": row["assumption"], "change_percent": str(changes[row["assumption"]])}
            | {name: amount(row[name]) for name in effects}
            for row in sorted(rows, key=lambda row: list(changes).index(row["assumption"]))
        ],
        **{name: amount(rows[0][f"all_{name}"]) for name in sums},
    }


def _percent(text: str, option: str) -> Decimal:
    found = PERCENT.fullmatch(text.strip())
    if not found or not LOWEST <= Decimal(found[1]) <= HIGHEST:
        raise PulseError(
            f"{option} {text}: not a change in percent: write it like -10% or +2.5%, "
            f"from {LOWEST} to {HIGHEST}",
            Exit.USAGE,
        )
    return Decimal(found[1])


def _amount(value: object) -> str:
    return "–" if value is None else f"{Decimal(str(value)):,.2f}"
