"""`productpulse status`: the key numbers, what they were built from, and where to read more."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from productpulse.console import out
from productpulse.errors import PulseError

if TYPE_CHECKING:
    from productpulse.builds import Build

LABELS = {
    "as_of_date": "as of",
    "dau": "daily active users",
    "wau": "weekly active users",
    "mau": "monthly active users (28 days)",
    "stickiness_rate": "stickiness (mean DAU / MAU)",
    "closing_arr_amount": "ARR at the close of {month}{currency}",
    "customers": "paying customers at the close of {month}",
    "gross_arr_amount": "ARR booked in {month}{currency}",
    "cancelled_arr_amount": "ARR lost in {month}{currency}",
    "nrr_12m_rate": "net revenue retention, 12 months",
    "grr_12m_rate": "gross revenue retention, 12 months",
}


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print the key numbers, when and from what they were built, and where a BI tool finds them."""
    if as_json:
        typer.echo(as_text(told()))
    else:
        show()


def told() -> dict[str, Any]:
    """What `status` reports, by name. Raises PulseError before the first build."""
    from productpulse import builds, quarantine, reporter
    from productpulse.database import database_url
    from productpulse.summary import drifted_metrics, learned, marts

    url = database_url()
    build = builds.last(url)
    return {
        "numbers": _numbers(),
        "build": build and asdict(build),
        "at_work_since": builds.at_work(url),
        "warnings": quarantine.told(url),
        "drifted_metrics": drifted_metrics(url),
        "marts": [name for name, _ in marts(url)],
        "learned": [name for name, _ in learned(url)],
        "reporter": reporter.fields(reporter.address()) | {"lacks": reporter.lacks()},
    }


def as_text(told: dict[str, Any]) -> str:
    """As JSON: timestamps in UTC in ISO 8601, money as exact text."""

    def text(value: Any) -> str:
        is_moment = isinstance(value, datetime)
        return value.replace(tzinfo=UTC).isoformat() if is_moment else str(value)

    return json.dumps(told, default=text, ensure_ascii=False)


def show() -> None:
    """Print what `status` reports. Raises PulseError before the first build."""
    from productpulse import builds, quarantine, reporter
    from productpulse.database import database_url
    from productpulse.schemas import schema_of
    from productpulse.summary import drifted_metrics, learned, marts

    url = database_url()
    numbers = _numbers()
    month = numbers["month"] or "the last complete month"
    currency = f", in {numbers['currency']}" if numbers["currency"] else ""
    shown = Table(show_header=False, box=None, pad_edge=False)
    for name, label in LABELS.items():
        shown.add_row(label.format(month=month, currency=currency), _text(name, numbers[name]))
    out.print(shown)
    out.print()
    for line in _standing(builds.last(url), builds.at_work(url)):
        out.print(line, markup=False)
    for line in quarantine.told(url):
        out.print(f"warning: {line}", markup=False)
    if names := drifted_metrics(url):
        out.print(
            f"drifted: {', '.join(names)}: made differently from what was approved; see"
            f" `productpulse metric show {names[0]}`",
            markup=False,
        )
    for layer, tables in (("marts", marts(url)), ("learning", learned(url))):
        if tables:
            out.print(f"\ntables, in the schema {schema_of(layer)}:", markup=False)
        for name, description in tables:
            out.print(f"  {name:<30} {description.split('.')[0].split(':')[0]}", markup=False)
    out.print(
        "query: productpulse db psql -c"
        f" 'select * from {schema_of('marts')}.fct_arr_by_period limit 5'",
        markup=False,
    )
    out.print("\nconnect a BI tool:", markup=False)
    for name, value in reporter.fields(reporter.address()).items():
        out.print(f"  {name:<9} {value}", markup=False)
    if statement := reporter.lacks():
        out.print(
            f"  {reporter.ROLE} cannot log in yet; an administrator must run: {statement}",
            markup=False,
        )


def _numbers() -> dict[str, Any]:
    from productpulse import builds
    from productpulse.database import database_url
    from productpulse.summary import key_numbers

    url = database_url()
    try:
        return key_numbers(url)
    except PulseError as error:
        if since := builds.at_work(url):
            raise PulseError(
                f"nothing is built yet, a load or build has been running since {_moment(since)}:"
                " wait until it ends"
            ) from error
        raise


def _standing(build: "Build | None", at_work_since: datetime | None) -> list[str]:
    """Which build is shown, and what is wrong with it; each in one line."""
    if build is None:
        return ["built: not by `productpulse run` or `build`, or this user cannot see it"]
    loads = f"{build.loads} load{'s' * (build.loads != 1)}"
    if build.last_loaded_at:
        loads += f", the last of {_moment(build.last_loaded_at)}"
    told = f" with the vars {build.variables}" if build.variables != "{}" else ""
    fresh = f"{build.marts - build.stale_marts} of {build.marts} tables"
    again = "run `productpulse build` again"
    begun = f"the build of {_moment(build.started_at)}{told}"
    if build.status == "running":
        return [
            f"a build has been running since {_moment(build.started_at)}{told}: {fresh} are from"
            f" it, {build.stale_marts} from the one before"
        ]
    lines = []
    if build.status == "passed":
        assert build.ended_at
        seconds = (build.ended_at - build.started_at).total_seconds()
        lines.append(f"built: {_moment(build.ended_at)} in {seconds:,.0f} s{told}, from {loads}")
    elif build.stale_marts or build.status == "interrupted":
        how = "was interrupted" if build.status == "interrupted" else "failed"
        lines.append(
            f"stale: {begun} {how}; {fresh} are from it, {build.stale_marts} from before: {again}"
        )
    else:
        lines.append(f"not reliable: {begun} failed: {again}")
    if at_work_since:
        lines.append(f"a load or build has been running since {_moment(at_work_since)}")
    elif build.newer_loads > 0:
        lines.append(f"not yet built: {build.newer_loads} newer loads: run `productpulse build`")
    return lines


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _text(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name.endswith("_rate"):
        return f"{value:.1%}"
    if name.endswith("_amount"):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
