"""Where one value comes from: its definition, its lineage, its query, and the rows behind it."""

import re
from typing import TYPE_CHECKING, Any

from productpulse.catalogue.query import Cell, reproducing, rows_of
from productpulse.catalogue.read import Metric
from productpulse.catalogue.values import COLUMNS, Wanted, lineage, values
from productpulse.errors import PulseError
from productpulse.mcp.answers import (
    Answer,
    as_json,
    completed,
    records,
    shown,
    similar_to,
    standing,
    valued,
)
from productpulse.mcp.columns import allowed
from productpulse.schemas import schema_of

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

ROWS = 50
MOST_NAMED = 20
DEFINED = ("label", "description", "formula", "owner", "unit", "parameters", "filter")
# In dim_users and dim_accounts the column that a segment of users or accounts is made of, and what
# stands for a missing value.
OF_USERS = {
    **{name: (f"users.{name}", "unknown") for name in ("country", "platform")},
    "acquisition_channel": ("users.acquisition_channel", "unknown"),
    "company_size": ("accounts.company_size", "unknown"),
    "plan": ("users.current_plan_id", "none"),
}
OF_ACCOUNTS = {
    **{name: (f"accounts.{name}", "unknown") for name in ("country", "industry", "company_size")},
    "plan": ("accounts.current_plan_id", "none"),
}
MONTHS = {"month": 1, "quarter": 3, "fiscal_year": 12}
DAYS = {"day": 1, "week": 7}
GAINED, LOST = ("new", "reactivation", "expansion"), ("contraction", "churn")
EVERY_MOVEMENT = (*GAINED, *LOST, "fx")
MOVEMENTS = {
    **{f"{kind}_arr_amount": (kind,) for kind in EVERY_MOVEMENT},
    "gross_arr_amount": GAINED,
    "cancelled_arr_amount": LOST,
    "net_new_arr_amount": (*GAINED, *LOST),
}


def explain_value(cursor: "Cursor", name: str, wanted: Wanted) -> Answer:
    """One value, with everything that leads to it; `wanted` is of the date `since`."""
    row, metric, has = valued(cursor, name)
    wanted = completed(has, wanted)
    found = values(cursor, metric, has, wanted, MOST_NAMED)
    if not found:
        raise PulseError(_nearest(cursor, metric, wanted))
    if len(found) > 1:
        names = ", ".join(each["segment_value"] for each in found)
        raise PulseError(
            f"{name} has several values on that date, by {wanted.by}: give segment_name"
            f" {wanted.by} and a segment_value such as {names}"
        )
    value = found[0]
    cell = Cell(*(value[each] for each in COLUMNS[:4]))
    marts = schema_of("marts")
    return standing([row]) | {
        "id": name,
        **as_json([value])[0],
        "definition": {key: row[key] for key in DEFINED if row[key] is not None},
        "lineage": lineage(cursor, metric),
        "query": reproducing(metric, marts, cell=cell),
        "rows": _rows_of_mart(cursor, metric, cell),
        "behind": _behind(cursor, metric, cell, row["parameters"]),
    }


def _nearest(cursor: "Cursor", metric: Metric, wanted: Wanted) -> str:
    """Why there is no such value, with what is near."""
    marts = schema_of("marts")
    cursor.execute(
        f"select distinct segment_value from {marts}.fct_metric_values where metric_name = %s"
        " and segment_name = %s",
        [metric.id, wanted.by],
    )
    names = [name for (name,) in cursor.fetchall()]
    if wanted.segment_value is not None and wanted.segment_value not in names:
        near = similar_to(wanted.segment_value, names)
        return f"{metric.id} has no {wanted.by} {shown(wanted.segment_value)}; {near}"
    cursor.execute(
        f"select date from {marts}.fct_metric_values where metric_name = %s and period_grain = %s"
        " and segment_name = %s and segment_value = coalesce(%s, segment_value)"
        " group by date order by abs(date - %s), date limit 3",
        [metric.id, wanted.grain, wanted.by, wanted.segment_value, wanted.since],
    )
    dates = ", ".join(sorted(f"{each}" for (each,) in cursor.fetchall())) or "none"
    return (
        f"{metric.id} has no value of grain {wanted.grain} on {wanted.since}, where a period is"
        f" named by its first day; nearest: {dates}"
    )


def _rows_of_mart(cursor: "Cursor", metric: Metric, cell: Cell) -> Answer:
    """The rows of the mart that hold the value, or that are added up to it."""
    conditions = rows_of(metric, cell)
    query = f"from {schema_of('marts')}.{metric.mart} where " + " and ".join(
        f"{name} = %s" for name, _ in conditions
    )
    return _first_rows(cursor, metric.mart, query, [value for _, value in conditions])


def _first_rows(cursor: "Cursor", mart: str, query: str, bound: list[Any]) -> Answer:
    """How many rows there are and the first of them, of `query` without its select."""
    columns = allowed(mart)
    cursor.execute(f"select count(*) {query}", bound)
    total = int(cursor.fetchall()[0][0])
    cursor.execute(
        f"select {', '.join(columns)} {query} order by {', '.join(columns)} limit {ROWS}", bound
    )
    rows = as_json(records(columns, cursor.fetchall()))
    return {"table": mart, "rows_in_all": total, "more": total > len(rows), "first": rows}


def _behind(cursor: "Cursor", metric: Metric, cell: Cell, parameters: str | None) -> Answer | None:
    """The users, accounts or movements that the mart has already counted; None for others."""
    if metric.mart in ("fct_active_users_daily", "fct_active_accounts_daily"):
        return _active(cursor, metric, cell, parameters or "")
    if metric.mart == "fct_arr_by_period":
        return _movements(cursor, metric, cell)
    return None


def _active(cursor: "Cursor", metric: Metric, cell: Cell, parameters: str) -> Answer | None:
    """The users or accounts that were active in the window that ends on the date."""
    mau = re.search(r"mau_window_days=(\d+)", parameters)
    days = {"dau": 1, "wau": 7, "mau": int(mau[1]) if mau else 0}.get(metric.value or "", 0)
    unit = "user" if metric.mart == "fct_active_users_daily" else "account"
    segment = _segment(OF_USERS if unit == "user" else OF_ACCOUNTS, cell)
    if not days or segment is None:
        return None
    condition, bound = segment
    marts = schema_of("marts")
    query = (
        f"from {marts}.fct_user_days as days"
        f" left join {marts}.dim_users as users on days.user_id = users.user_id"
        f" left join {marts}.dim_accounts as accounts on days.account_id = accounts.account_id"
        f" where days.date > %s - %s and days.date <= %s{condition}"
    )
    bound = [cell.date, days, cell.date, *bound]
    key = f"{unit}_id"
    cursor.execute(f"select count(distinct days.{key}) {query}", bound)
    total = int(cursor.fetchall()[0][0])
    cursor.execute(
        f"select days.{key}, count(distinct days.date), max(days.date), sum(days.events)::bigint"
        f" {query} group by days.{key} order by days.{key} limit {ROWS}",
        bound,
    )
    rows = records((key, "active_days", "last_active_date", "events"), cursor.fetchall())
    return {
        "table": "fct_user_days",
        "about": f"the {unit}s that were active in the {days} day(s) that end on {cell.date}",
        "rows_in_all": total,
        "more": total > len(rows),
        "first": as_json(rows),
    }


def _movements(cursor: "Cursor", metric: Metric, cell: Cell) -> Answer | None:
    """The MRR movements of the period; 12 times their sum is the change of ARR."""
    segment = _segment({name: OF_ACCOUNTS[name] for name in OF_ACCOUNTS if name != "plan"}, cell)
    if segment is None:
        return None
    condition, bound = segment
    marts = schema_of("marts")
    end = f"interval '{MONTHS.get(cell.grain, 0)} months {DAYS.get(cell.grain, 0)} days'"
    kinds = MOVEMENTS.get(metric.value or "", EVERY_MOVEMENT)
    query = (
        f"from {marts}.fct_mrr_movements as moved where moved.date >= %s"
        f" and moved.date < %s + {end} and moved.movement_type in %s and exists ("
        f"select from {marts}.dim_accounts as accounts"
        f" where accounts.account_id = moved.account_id{condition})"
    )
    told = _first_rows(cursor, "fct_mrr_movements", query, [cell.date, cell.date, kinds, *bound])
    return told | {"about": f"the MRR movements of the period: {', '.join(kinds)}"}


def _segment(columns: dict[str, tuple[str, str]], cell: Cell) -> tuple[str, list[Any]] | None:
    """The condition of a segment and what it binds; None for one that the columns do not give."""
    if cell.segment_name == "all":
        return "", []
    if cell.segment_name not in columns:
        return None
    column, missing = columns[cell.segment_name]
    return f" and coalesce({column}, %s) = %s", [missing, cell.segment_value]
