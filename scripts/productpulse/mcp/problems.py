"""What of the numbers may not be relied on, and what of the data is behind."""

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from productpulse.builds import Build
from productpulse.catalogue.read import Metric, catalogue
from productpulse.mcp.answers import Answer, as_json, of_marts, records
from productpulse.mcp.columns import allowed
from productpulse.schemas import schema_of

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "fiscal_year": 366}
SLACK_DAYS = 1
# Where a metric is of cohorts of one age, in periods.
AGES = ("period_number", "month_number")
BEHIND_DAYS = 2
TOLD_OF_METRIC = ("metric_name", "label", "owner", "trust", "successor")
TOLD_OF_BUILD = ("status", "started_at", "ended_at", "marts", "stale_marts", "newer_loads")


def problems(cursor: "Cursor", build: Build | None) -> Answer:
    """Metrics drifted, deprecated or stale, tables behind, and a build that is not whole.

    `build`: the last one, where its record may be read.
    """
    marts = schema_of("marts")
    cursor.execute(
        f"select {', '.join(TOLD_OF_METRIC)} from {marts}.dim_metrics"
        " where trust in ('drifted', 'deprecated', 'unchecked') order by metric_name"
    )
    untrusted = records(TOLD_OF_METRIC, cursor.fetchall())
    return of_marts(cursor, ()) | {
        **{
            state: as_json(row for row in untrusted if row["trust"] == state)
            for state in ("drifted", "deprecated", "unchecked")
        },
        "stale": _stale(cursor),
        "tables_behind": _behind(cursor),
        "build": _build(build),
    }


def _stale(cursor: "Cursor") -> list[dict[str, Any]]:
    """Metrics whose last complete value is old in each of their grains, with nothing under way.

    Numbers that are added up over rows stand only on dates on which something happened, so an old
    date says nothing of them.
    """
    declared = catalogue().metrics
    cursor.execute(
        "select metric_name, period_grain,"
        " max(date) filter (where is_complete and value is not null),"
        " max(date) filter (where not is_complete), max(as_of_date)"
        f" from {schema_of('marts')}.fct_metric_values"
        " group by metric_name, period_grain order by metric_name, period_grain"
    )
    old: dict[str, date] = {}
    fresh = set()
    for name, grain, last, under_way, as_of in cursor.fetchall():
        metric = declared.get(name)
        if last is None or metric is None or metric.aggregate:
            continue
        if (as_of - max(last, under_way or last)).days > _patience(metric, grain):
            old[name] = max(last, old.get(name, last))
        else:
            fresh.add(name)
    return [
        {"metric_name": name, "last_complete_date": last.isoformat()}
        for name, last in old.items()
        if name not in fresh
    ]


def _patience(metric: Metric, grain: str) -> int:
    """After how many days the last complete period is old: two, and what a cohort needs to age."""
    age = sum(metric.where[name] for name in AGES if name in metric.where)
    return (2 + age) * DAYS[grain] + SLACK_DAYS


def _behind(cursor: "Cursor") -> list[dict[str, Any]]:
    """Raw tables in which nothing has happened for days, the longest first."""
    columns = allowed("fct_freshness")
    cursor.execute(
        f"select {', '.join(columns)} from {schema_of('marts')}.fct_freshness"
        f" where behind_days >= {BEHIND_DAYS} order by behind_days desc, table_name"
    )
    return as_json(records(columns, cursor.fetchall()))


def _build(build: Build | None) -> Answer:
    """The last build, and in words what is wrong with it."""
    if build is None:
        return {"problem": "its record cannot be read, so it is not known whether it passed"}
    told = {name: value for name, value in asdict(build).items() if name in TOLD_OF_BUILD}
    if build.status != "passed":
        problem = f"it is {build.status}: {build.stale_marts} of {build.marts} tables are older"
    elif build.newer_loads > 0:
        problem = f"{build.newer_loads} loads are newer: run `productpulse build`"
    else:
        problem = None
    return as_json([told])[0] | {"problem": problem}
