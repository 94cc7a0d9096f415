"""`productpulse metric`: what each number is, who answers for it, its values and its approval."""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from productpulse.console import err, out, show_table
from productpulse.errors import Exit, PulseError

if TYPE_CHECKING:
    from productpulse.catalogue.read import Metric
    from productpulse.catalogue.trust import Trust

app = typer.Typer(
    no_args_is_help=True, help="What each number is, who answers for it, and its values."
)

Name = Annotated[str, typer.Argument(metavar="ID", help="A metric such as dau.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
LISTED = ("id", "label", "area", "owner", "tier", "unit", "direction", "trust")
OF_METRIC = ("value", "previous_value", "year_ago_value")
SAME_FOR_ALL = ("period_grain", "segment_name", "segment_value")
SHOWN = (
    *("label", "description", "formula", "area", "owner", "tier", "unit", "direction"),
    *("risk_if_wrong", "trust", "approved_by", "approved_at", "successor", "parameters"),
    *("reference_tables", "mart", "columns", "adds_up_over"),
)


@app.command("list")
def list_metrics(
    area: Annotated[str | None, typer.Option(help="Only of this area, such as revenue.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only of this owner.")] = None,
    trust: Annotated[
        str | None, typer.Option(help="Only proposed, approved, drifted or deprecated ones.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the metrics, with their owner and state of trust."""
    from productpulse.catalogue.check import checked
    from productpulse.catalogue.trust import STATES
    from productpulse.catalogue.trust import trust as trust_of
    from productpulse.settings import project_vars

    variables = project_vars()
    rows = []
    for metric in checked().metrics.values():
        row = {name: getattr(metric, name) for name in LISTED if name != "trust"}
        rows.append(row | {"trust": trust_of(metric, variables).state})
    wanted = {"area": area, "owner": owner, "trust": trust}
    for option, value in wanted.items():
        known = STATES if option == "trust" else sorted({row[option] for row in rows})
        if value is not None and value not in known:
            raise PulseError(f"--{option} {value}: there is {', '.join(known)}", Exit.USAGE)
    rows = [
        row for row in rows if all(value in (None, row[option]) for option, value in wanted.items())
    ]
    _print(sorted(rows, key=lambda row: (row["area"], row["tier"])), LISTED, as_json, as_csv)


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show what a metric is, what it is made of, and the query that reproduces it."""
    from productpulse.catalogue.check import checked
    from productpulse.catalogue.query import reproducing
    from productpulse.catalogue.read import metric as find
    from productpulse.catalogue.trust import trust
    from productpulse.schemas import schema_of
    from productpulse.settings import project_vars

    checked()
    metric, variables = find(name), project_vars()
    state = trust(metric, variables)
    told = _told(metric, state, variables)
    query = reproducing(metric, schema_of("marts"))
    made_of = _lineage(metric)
    if as_json:
        said = told | {"changes": state.changes, "lineage": made_of, "query": query}
        typer.echo(json.dumps({"id": name} | said, ensure_ascii=False, default=str, indent=1))
        return
    shown = Table(show_header=False, box=None, pad_edge=False)
    for key in SHOWN:
        if told[key] not in (None, ""):
            shown.add_row(key.replace("_", " "), Text(str(told[key])))
    out.print(shown)
    for change in state.changes:
        out.print(f"changed since: {change}", markup=False)
    if made_of:
        out.print()
        out.print(_tree(made_of))
    else:
        err.print("lineage: after the first build", markup=False)
    out.print(f"\n{query}", markup=False)


@app.command()
def values(
    name: Name,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First date.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last date.")
    ] = None,
    grain: Annotated[
        str | None, typer.Option(help="day, week, month, quarter or fiscal_year.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="A segment such as country.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print the values of a metric, with the period before and the same period a year before."""
    from productpulse.catalogue.read import metric as find
    from productpulse.catalogue.values import COLUMNS, Wanted, is_built, reading, shape
    from productpulse.catalogue.values import values as read
    from productpulse.database import database_url

    metric = find(name)
    if since and until and since > until:
        raise PulseError("--from is after --to: exchange them", Exit.USAGE)
    wanted = Wanted(since and since.date(), until and until.date(), grain, by)
    with reading(database_url()) as cursor:
        rows = read(cursor, metric, shape(cursor, metric), wanted)
        if not rows and not is_built(cursor, metric):
            raise PulseError(f"{name} is not built yet: run `productpulse build`")
    if not rows and not (as_json or as_csv):
        err.print(f"{name}: no values for that", markup=False)
        return
    _print(rows, COLUMNS, as_json, as_csv, metric.unit)


@app.command()
def approve(
    names: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Metrics.")] = None,
    by: Annotated[str, typer.Option(help="Who approves: a name or a role.")] = "",
    all_metrics: Annotated[
        bool, typer.Option("--all", help="All that are not deprecated.")
    ] = False,
) -> None:
    """Approve metrics as they are made now, after showing what changed since the last time.

    The next build writes it into dim_metrics.
    """
    from productpulse.catalogue import approvals
    from productpulse.catalogue.check import checked
    from productpulse.catalogue.read import metric as find
    from productpulse.catalogue.trust import trust
    from productpulse.settings import project_vars

    if bool(names) == all_metrics:
        raise PulseError("name the metrics to approve, or give --all", Exit.USAGE)
    if not by.strip():
        raise PulseError(
            "--by is missing: say who approves, such as --by 'Ada, finance'", Exit.USAGE
        )
    known = checked().metrics
    chosen = [find(name) for name in dict.fromkeys(names or ())]
    chosen = chosen or [each for each in known.values() if not each.is_deprecated]
    for metric in chosen:
        if metric.is_deprecated:
            raise PulseError(f"{metric.id} is deprecated: approve {metric.successor}")
    if not approvals.is_name(by):
        raise PulseError("--by needs the name of a person or a role, on one line", Exit.USAGE)
    variables, is_new = project_vars(), False
    for metric in chosen:
        state = trust(metric, variables)
        for change in state.changes:
            out.print(f"{metric.id}: {change}", markup=False)
        if state.state == "approved":
            out.print(f"{metric.id}: already approved, and nothing has changed", markup=False)
            continue
        approvals.approve(metric, by, state.parts)
        is_new = True
        out.print(f"{metric.id}: approved by {by.strip()}", markup=False)
    if is_new:
        out.print("next: productpulse build", markup=False)


@app.command()
def check() -> None:
    """Compare the catalogue with the marts, as each build does first."""
    from productpulse.catalogue.check import checked

    found = checked()
    out.print(
        f"{len(found.metrics)} metrics, {len(found.helpers)} helper columns: nothing is wrong",
        markup=False,
    )


@app.command()
def export(
    form: Annotated[
        str, typer.Option("--format", help="dbt, ossie (Open Semantic Interchange) or superset.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="A file instead of the standard output; superset needs one, a .zip."),
    ] = None,
) -> None:
    """Write the catalogue in the form of another tool.

    What the tool cannot hold is named there with the reason.
    """
    from productpulse.catalogue.check import checked
    from productpulse.catalogue.exports import FORMATS, dbt, entries, ossie, superset
    from productpulse.schemas import schema_of
    from productpulse.settings import project_vars

    if form not in FORMATS:
        raise PulseError(f"--format {form}: there is {', '.join(FORMATS)}", Exit.USAGE)
    if form == "superset" and (output is None or output.suffix != ".zip"):
        raise PulseError(
            "--format superset needs a zip file: give --output metrics.zip", Exit.USAGE
        )
    variables, marts = project_vars(), schema_of("marts")
    found = entries(checked(), variables)
    if form == "superset":
        made = superset.export(found, marts)
    elif form == "ossie":
        made = ossie.export(found, marts).encode()
    else:
        made = dbt.export(found, variables["week_start"]).encode()
    if output is None:
        typer.echo(made.decode(), nl=False)
        return
    try:
        output.write_bytes(made)
    except OSError as error:
        raise PulseError(f"{output}: {error.strerror or error}: allow it to be written") from error
    err.print(f"{output}: {len(found)} metrics, each there or named with the reason", markup=False)


def _told(metric: "Metric", state: "Trust", variables: dict[str, Any]) -> dict[str, Any]:
    """What `show` says of a metric, by name."""
    said = state.approval
    values = {name: variables[name] for name in metric.vars}
    return {
        **{name: getattr(metric, name) for name in SHOWN if hasattr(metric, name)},
        "trust": state.state,
        "approved_by": said and said.by,
        "approved_at": said and f"{said.at:%Y-%m-%d %H:%M:%S} UTC",
        "parameters": ", ".join(f"{name}={value}" for name, value in values.items()),
        "reference_tables": ", ".join(metric.seeds),
        "columns": ", ".join(metric.columns),
        "adds_up_over": ", ".join(metric.adds_up_over) or "nothing",
    }


def _lineage(metric: "Metric") -> list[dict[str, Any]]:
    """What a metric is made of, as the last build wrote it; nothing before the first."""
    from productpulse.catalogue.values import lineage, reading
    from productpulse.database import database_url

    try:
        with reading(database_url()) as cursor:
            return lineage(cursor, metric)
    except PulseError:
        return []


def _tree(made_of: list[dict[str, Any]]) -> Tree:
    below = defaultdict(list)
    for each in made_of:
        below[each["used_by"]].append(each)

    def grow(tree: Tree, each: dict[str, Any]) -> None:
        for child in below[each["node"]]:
            grow(tree.add(f"{child['node']} ({child['layer']})"), child)

    root = below[None][0]
    tree = Tree(f"{root['node']} ({root['layer']})")
    grow(tree, root)
    return tree


def _print(
    rows: Sequence[dict[str, Any]],
    columns: Sequence[str],
    as_json: bool,
    as_csv: bool,
    unit: str | None = None,
) -> None:
    """Print rows as a table, as JSON or as CSV.

    The table leaves out columns that say the same, or nothing, in all rows. `unit`: of the columns
    with numbers of a metric.
    """
    if as_json and as_csv:
        raise PulseError("--json and --csv: give one of them", Exit.USAGE)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=_iso))
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        table = Table(box=None, pad_edge=False)
        shown = [name for name in columns if not _is_idle(name, rows)]
        for name in shown:
            numbers = any(isinstance(row[name], float) for row in rows)
            table.add_column(name.replace("_", " "), justify="right" if numbers else "left")
        for row in rows:
            units = (unit if name in OF_METRIC else None for name in shown)
            texts = (_text(row[name], of) for name, of in zip(shown, units, strict=True))
            table.add_row(*map(Text, texts))
        show_table(table)


def _is_idle(name: str, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether a column tells nothing: it is empty, or the grain or segment is the same anyway."""
    told = {row[name] for row in rows}
    return told == {None} or (name in SAME_FOR_ALL and len(told) == 1)


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(value: Any, unit: str | None = None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return "–" if value is None else str(value)
    if unit == "rate":
        return f"{value:.1%}"
    if unit == "currency":
        return f"{value:,.2f}"
    return f"{value:,.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:.4g}"
