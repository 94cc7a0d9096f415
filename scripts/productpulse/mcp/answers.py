"""What the tools answer, each from a cursor that reads the marts.

Every answer says as of which date it is, which version of the definition made it, and how far that
may be relied on. What is unknown is said in words, with similar names; it is never a zero.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Any

from productpulse.catalogue import values as tall
from productpulse.catalogue.query import conditions, reproducing
from productpulse.catalogue.read import Metric, catalogue
from productpulse.catalogue.values import Shape, Wanted, shape
from productpulse.errors import PulseError
from productpulse.mcp.columns import allowed
from productpulse.schemas import schema_of

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

Answer = dict[str, Any]
DEFINING = (
    *("source_model", "value_column", "numerator_column", "denominator_column", "aggregate"),
    "filter",
)
ROWS = 200
MOST_ROWS = 1000
LISTED = ("metric_name", "label", "area", "owner", "unit", "tier")
SEARCHED = ("metric_name", "label", "description", "area")
LONGEST_ARGUMENT = 200
VERSION_LENGTH = 8


def search_metrics(cursor: "Cursor", query: str, area: str | None = None) -> Answer:
    """The metrics whose id, label, description or area have the most words of the query."""
    known = _metrics(cursor)
    areas = sorted({row["area"] for row in known})
    if area is not None and area not in areas:
        raise PulseError(f"there is no area {shown(area)}; there is {', '.join(areas)}")
    words = plain("query", query).lower().split()
    rows = [row for row in known if area in (None, row["area"])]
    matches = {row["metric_name"]: sum(word in _text(row) for word in words) for row in rows}
    most = max(matches.values())
    if words and not most:
        raise PulseError(f"no metric is about {shown(query)}; {similar_to(query, matches)}")
    found = [row for row in rows if matches[row["metric_name"]] == most]
    found.sort(key=lambda row: (row["tier"], row["metric_name"]))
    told = [{name: row[name] for name in LISTED} | standing([row]) for row in found]
    return {"as_of_date": as_of(known), "metrics": as_json(told)}


def describe_metric(cursor: "Cursor", name: str, changes: Sequence[str] = ()) -> Answer:
    """What a metric is, who answers for it, and what changed since it was approved."""
    row = metric_row(cursor, name)
    metric = declared(name, row)
    told = {key: value for key, value in row.items() if key not in ("fingerprint", "trust")}
    has = shape(cursor, metric) if row["has_values"] and metric.date else Shape((), ())
    return standing([row]) | {
        **as_json([told])[0],
        "changed_since_approval": list(changes),
        "grains": list(has.grains),
        "segments": list(has.segments),
        "query": reproducing(metric, schema_of("marts")),
    }


def metric_values(cursor: "Cursor", name: str, wanted: Wanted, limit: int = ROWS) -> Answer:
    """The newest values of a metric, in order of date."""
    row, metric, has = valued(cursor, name)
    limit = checked_limit(limit)
    wanted = completed(has, wanted)
    total = tall.count(cursor, metric, has, wanted)
    if not total:
        raise PulseError(_why_empty(cursor, metric, wanted))
    rows = tall.values(cursor, metric, has, wanted, limit)
    return standing([row]) | {
        "id": name,
        "unit": row["unit"],
        "grain": wanted.grain,
        "by": wanted.by,
        "rows_in_all": total,
        "more": total > len(rows),
        "rows": as_json(rows),
    }


def customer_360(cursor: "Cursor", account_id: str) -> Answer:
    """All that is known of an account, without names and free text."""
    columns, table = allowed("fct_customer_360"), f"{schema_of('marts')}.fct_customer_360"
    plain("account_id", account_id)
    cursor.execute(f"select {', '.join(columns)} from {table} where account_id = %s", [account_id])
    found = records(columns, cursor.fetchall())
    if not found:
        cursor.execute(
            f"select account_id from {table} order by starts_with(account_id, %s) desc,"
            " abs(length(account_id) - %s), account_id limit 2000",
            [account_id[:3], len(account_id)],
        )
        near = similar_to(account_id, [name for (name,) in cursor.fetchall()])
        raise PulseError(f"there is no account {shown(account_id)}; {near}")
    return of_marts(cursor, {"fct_customer_360"}) | {"account": as_json(found)[0]}


def metric_row(cursor: "Cursor", name: str) -> dict[str, Any]:
    """A metric as the last build knows it. Raises PulseError, with similar ids, for others."""
    known = {row["metric_name"]: row for row in _metrics(cursor)}
    if name not in known:
        raise PulseError(f"there is no metric {shown(name)}; {similar_to(name, known)}")
    return known[name]


def declared(name: str, row: dict[str, Any]) -> Metric:
    """A metric as the files declare it, where the build made it so.

    Raises PulseError when the files say something else than what is built.
    """
    read = catalogue()
    if read.mistakes:
        raise PulseError("the catalogue has mistakes: see `productpulse metric check`")
    found = read.metrics.get(name)
    if found is None or _definition(found) != tuple(row[column] for column in DEFINING):
        raise PulseError(f"{name} has changed in the catalogue: run `productpulse build`")
    return found


def _definition(metric: Metric) -> tuple[str | None, ...]:
    """What of a metric stands in dim_metrics too, as DEFINING."""
    rows = " and ".join(conditions(metric.where.items()))
    parts = (metric.mart, metric.value, metric.numerator, metric.denominator, metric.aggregate)
    return (*parts, rows or None)


def valued(cursor: "Cursor", name: str) -> tuple[dict[str, Any], Metric, Shape]:
    """A metric that has values, as built and as declared, and what values.

    Raises PulseError, with what to ask instead, for a metric that has none.
    """
    row = metric_row(cursor, name)
    metric = declared(name, row)
    if metric.date is None:
        raise PulseError(
            f"{name} has no date, so it has no values over time:"
            " describe_metric gives the query of its mart"
        )
    has = shape(cursor, metric)
    if not has.grains:
        raise PulseError(f"{name} has no values: {metric.mart} has no rows for it")
    return row, metric, has


def completed(has: Shape, wanted: Wanted) -> Wanted:
    """With a grain and a segment where none was given: months where there are several grains."""
    for what in ("grain", "by", "segment_value"):
        plain(what, getattr(wanted, what) or "")
    grain = wanted.grain or ("month" if "month" in has.grains else has.grains[0])
    return replace(wanted, grain=grain, by=wanted.by or has.segment)


def of_marts(cursor: "Cursor", marts: Collection[str]) -> Answer:
    """The standing of all metrics that these marts hold; of all there are where they hold none."""
    known = _metrics(cursor)
    return standing([row for row in known if row["source_model"] in marts] or known)


def standing(rows: Sequence[dict[str, Any]]) -> Answer:
    """As-of date, version and trust of one metric, or of several together."""
    prints = [row["fingerprint"] for row in rows]
    trust = Counter(row["trust"] for row in rows)
    if len(rows) == 1:
        version = (prints[0] or "")[:VERSION_LENGTH]
    else:
        version = hashlib.sha256(repr(prints).encode()).hexdigest()[:VERSION_LENGTH]
    is_known = all(prints)
    return {
        "as_of_date": as_of(rows),
        "definition_version": version if is_known else "unknown: dbt was run by itself",
        "trust": rows[0]["trust"] if len(rows) == 1 else dict(sorted(trust.items())),
    }


def as_of(rows: Sequence[dict[str, Any]]) -> str | None:
    """The as-of date of the build."""
    return next((row["as_of_date"].isoformat() for row in rows if row["as_of_date"]), None)


def records(columns: Sequence[str], rows: Iterable[tuple]) -> list[dict[str, Any]]:
    """Rows by the names of their columns."""
    return [dict(zip(columns, row, strict=True)) for row in rows]


def as_json(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with what JSON has: dates as text, amounts as numbers."""
    return [{name: in_json(value) for name, value in row.items()} for row in rows]


def in_json(value: Any) -> Any:
    """A value of a row in what JSON has."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def plain(what: str, text: str) -> str:
    """A short text on one line, as ids and words are. Raises PulseError for any other."""
    if len(text) > LONGEST_ARGUMENT or not text.isprintable():
        raise PulseError(f"{what} should be one line of up to {LONGEST_ARGUMENT} characters")
    return text


def checked_limit(limit: int) -> int:
    """A number of rows that may be asked for. Raises PulseError for any other."""
    if not 1 <= limit <= MOST_ROWS:
        raise PulseError(f"limit should be a number from 1 to {MOST_ROWS}")
    return limit


def similar_to(text: str, known: Iterable[str]) -> str:
    """What there is instead: what is similar, else the first of all."""
    names = sorted(known)
    by_lower = {name.lower(): name for name in names}
    near = [by_lower[each] for each in get_close_matches(text.lower()[:80], by_lower, 5, 0.5)]
    near += [name for name in names if text and text.lower() in name.lower() and name not in near]
    if near:
        return f"similar: {', '.join(near[:5])}"
    listed = ", ".join(names[:8])
    return f"there is {listed}{' …' * (len(names) > 8)}" if names else "there is none at all"


def shown(text: str) -> str:
    """What was given, short and on one line."""
    return repr(text[:40] + "…" * (len(text) > 40))


def _metrics(cursor: "Cursor") -> list[dict[str, Any]]:
    columns = allowed("dim_metrics")
    cursor.execute(
        f"select {', '.join(columns)} from {schema_of('marts')}.dim_metrics order by metric_name"
    )
    return records(columns, cursor.fetchall())


def _text(row: dict[str, Any]) -> str:
    return " ".join(row[name] for name in SEARCHED).lower()


def _why_empty(cursor: "Cursor", metric: Metric, wanted: Wanted) -> str:
    """Why no value is as wanted, and what there is."""
    table = f"{schema_of('marts')}.fct_metric_values"
    cursor.execute(
        f"select segment_value, min(date), max(date) from {table} where metric_name = %s"
        " and period_grain = %s and segment_name = %s group by segment_value",
        [metric.id, wanted.grain, wanted.by],
    )
    ranges = {value: (first, last) for value, first, last in cursor.fetchall()}
    value = wanted.segment_value
    if value is not None and value not in ranges:
        return f"{metric.id} has no {wanted.by} {shown(value)}; {similar_to(value, ranges)}"
    firsts, lasts = zip(*([ranges[value]] if value is not None else ranges.values()), strict=True)
    return (
        f"{metric.id} has no value in that time; there are values from {min(firsts)}"
        f" to {max(lasts)}"
    )
