"""Which raw rows count, which are duplicates, and which are quarantined for what reason."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from productpulse.raw_schema import Column, Table, raw_tables

from .clock import ONE_DAY, day_start, is_finite, local_date
from .inputs import Params, Raw, Reference, Row
from .money import Exchange

MAIN_TIMESTAMP = {
    "accounts": "created_at",
    "users": "created_at",
    "events": "occurred_at",
    "user_aliases": "linked_at",
    "subscriptions": "created_at",
    "subscription_changes": "changed_at",
    "invoices": "issued_at",
    "invoice_lines": "issued_at",
    "payments": "attempted_at",
    "support_tickets": "opened_at",
    "nps_responses": "responded_at",
    "experiment_assignments": "assigned_at",
}

# Tables of things that happen, not of descriptions: only these move the as-of date.
HAPPENINGS = (
    "users",
    "events",
    "subscription_changes",
    "invoices",
    "payments",
    "support_tickets",
    "nps_responses",
    "experiment_assignments",
)

# In these tables the latest load counts; in all others the first arrival.
STATE_TABLES = frozenset(
    {
        *("users", "accounts", "subscriptions", "invoices", "invoice_lines"),
        *("payments", "support_tickets"),
    }
)

CLOSED_LISTS = {
    "subscription_changes": {
        "status": {"trialing", "active", "past_due", "unpaid", "paused", "canceled"},
        "billing_interval": {"month", "year", "week", "quarter", "day"},
    },
    "invoices": {"status": {"draft", "open", "paid", "void", "uncollectible"}},
    "invoice_lines": {"kind": {"period", "discount", "proration", "credit", "tax", "other"}},
    "payments": {
        "kind": {"charge", "refund", "chargeback", "credit_note"},
        "status": {"succeeded", "failed", "pending"},
    },
}

# The most that a subscription may cost per interval.
MOST_MINOR_UNITS = 10**15

# Lowest and highest value, None for no limit.
RANGES: dict[str, dict[str, tuple[int, int | None]]] = {
    "subscription_changes": {
        "interval_count": (1, 1000),
        "quantity": (0, None),
        "unit_amount": (0, None),
        "amount": (0, MOST_MINOR_UNITS),
        "discount_percent": (0, 100),
        "discount_amount": (0, MOST_MINOR_UNITS),
    },
    "invoices": {"amount_due": (0, None)},
    "payments": {"amount": (0, None)},
    "nps_responses": {"score": (0, 10)},
}

# A row must fill at least one of these.
ONE_OF = {"events": ("user_id", "anonymous_id"), "subscriptions": ("account_id", "user_id")}


# In these tables things happen once: a second row with the same contents is a second delivery.
HAPPENS_ONCE = ("events", "subscription_changes", "nps_responses")


@dataclass(frozen=True)
class Classified:
    """A cleaned row with its status: accepted, duplicate, or rejected with a reason.

    A duplicate has one where it contradicts the row that counts.
    """

    row: Row
    status: str
    reason: str | None = None


def is_blank(value: Any) -> bool:
    """Whether a text is missing: null, or only spaces."""
    return value is None or not value.strip()


def as_of_date(raw: Raw, params: Params) -> date | None:
    """The given as-of date, else the last day on which anything happened, if the clock of the data
    has passed its end, else the last day before it whose end it has passed.

    None when nothing has happened.
    """
    last = last_date(raw, params)
    if params.as_of_date or last is None:
        return last
    clock = complete_until(raw, params)
    if clock is None:
        return last - ONE_DAY
    while day_start(last + ONE_DAY, params) > clock:
        last -= ONE_DAY
    return last


def last_date(raw: Raw, params: Params) -> date | None:
    """The given as-of date, else the last local date of anything that can have happened."""
    if params.as_of_date:
        return params.as_of_date
    skew = timedelta(minutes=params.future_skew_minutes)
    happened = [
        local_date(moment, params)
        for name in HAPPENINGS
        for row in raw.get(name, [])
        if _is_plausible(moment := row[MAIN_TIMESTAMP[name]], params)
        # nothing is received after it was loaded, whatever the row says
        and moment - skew <= min(row.get("received_at") or row["loaded_at"], row["loaded_at"])
    ]
    return max(happened, default=None)


def complete_until(raw: Raw, params: Params) -> datetime | None:
    """The clock of the data: as given by the var or for the last load, else the last receipt of an
    event, if there is one on the last date, else the last load of anything that happens."""
    loads = raw.get("loads", [])
    newest = max((load["loaded_at"] for load in loads), default=None)
    told = [load["complete_until"] for load in loads if load["loaded_at"] == newest]
    for text in (params.complete_until, *told):
        if text:
            is_day = "T" not in text
            return day_start(date.fromisoformat(text), params) if is_day else _moment(text)
    skew = timedelta(minutes=params.future_skew_minutes)
    received = [
        row["received_at"]
        for row in raw.get("events", [])
        if row.get("received_at") and is_finite(row["received_at"])
        if row["received_at"] <= row["loaded_at"] + skew
    ]
    last, receipt = last_date(raw, params), max(received, default=None)
    if last and receipt and local_date(receipt, params) >= last:
        return receipt
    happenings = [row for name in HAPPENINGS for row in raw.get(name, [])]
    return max((row["loaded_at"] for row in happenings), default=None)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def classify(raw: Raw, params: Params, reference: Reference) -> dict[str, list[Classified]]:
    """Every raw row with its status, by table, in the order given."""
    last = last_date(raw, params)
    latest = None
    if last:
        latest = day_start(last + ONE_DAY, params) + timedelta(minutes=params.future_skew_minutes)
    exchange = Exchange(reference, params)
    classified = {
        name: _classify_table(table, raw.get(name, []), latest, params, exchange)
        for name, table in raw_tables().items()
    }
    _, refused = _merges(classified)
    classified["user_aliases"] = [
        Classified(each.row, "rejected", refused[_link(each.row)])
        if each.status != "rejected" and _link(each.row) in refused
        else each
        for each in classified["user_aliases"]
    ]
    return classified


def merged_users(classified: dict[str, list[Classified]]) -> dict[str, str]:
    """User id → the user it turned out to be."""
    merged, _ = _merges(classified)
    return {user_id: _last(user_id, merged) for user_id in merged}


def _link(row: Row) -> tuple[str, str]:
    return row["anonymous_id"], row["user_id"]


def _last(user_id: str, merged: dict[str, str]) -> str:
    while user_id in merged:
        user_id = merged[user_id]
    return user_id


def possible(classified: dict[str, list[Classified]], table_name: str) -> list[Row]:
    """The rows of a table that are not rejected, with each of their deliveries."""
    return [each.row for each in classified[table_name] if each.status != "rejected"]


def _merges(
    classified: dict[str, list[Classified]],
) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Links between users in the order in which they arrived: an id can be merged only once, and
    no chain of links may return to its start. Refused links come with their reason."""
    events, links = possible(classified, "events"), possible(classified, "user_aliases")
    people = {row["user_id"] for row in [*accepted(classified, "users"), *events, *links]} - {None}
    devices = {row["anonymous_id"] for row in events if row["anonymous_id"] != row["user_id"]}
    told: dict[str, str] = {}
    merged: dict[str, str] = {}
    refused = {}
    for link in sorted(links, key=lambda row: (row["linked_at"], *_link(row))):
        one, other = _link(link)
        if one == other or one not in people - devices:
            continue
        if told.setdefault(one, other) != other:
            refused[one, other] = "already_merged"
        elif one not in merged and (one, other) not in refused:
            if _last(other, merged) == one:
                refused[one, other] = "circular_merge"
            else:
                merged[one] = other
    return merged, refused


def counts(classified: dict[str, list[Classified]]) -> list[Row]:
    """One dict per table, status and reason that occurs, with its number of rows."""
    tally = Counter(
        (name, each.status, each.reason) for name, rows in classified.items() for each in rows
    )
    return [
        {"table_name": name, "status": status, "reason": reason, "rows": number}
        for (name, status, reason), number in tally.items()
    ]


def accepted(classified: dict[str, list[Classified]], table_name: str) -> list[Row]:
    """The rows of a table that count."""
    return [each.row for each in classified[table_name] if each.status == "accepted"]


def _classify_table(
    table: Table, raw_rows: list[Row], latest: datetime | None, params: Params, exchange: Exchange
) -> list[Classified]:
    rows = [_clean(table, row) for row in raw_rows]
    reasons = [_reason(table, row, latest, params, exchange) for row in rows]
    winners: dict[tuple[str, ...], int] = {}
    for place, row in enumerate(rows):
        if reasons[place] is None:
            key = tuple(row[column] for column in table.key)
            best = winners.get(key)
            if best is None or _precedence(table, row) < _precedence(table, rows[best]):
                winners[key] = place
    classified = []
    for place, (row, reason) in enumerate(zip(rows, reasons, strict=True)):
        winner = None if reason else winners[tuple(row[column] for column in table.key)]
        if winner is None:
            classified.append(Classified(row, "rejected", reason))
        elif winner == place:
            classified.append(Classified(row, "accepted"))
        else:
            is_other = table.name in HAPPENS_ONCE and _said(table, row) != _said(
                table, rows[winner]
            )
            classified.append(Classified(row, "duplicate", "conflicting_key" if is_other else None))
    return classified


def _said(table: Table, row: Row) -> list[Any]:
    """Everything that a row says about what happened, without how it arrived."""
    return [row[c.name] for c in table.file_columns if c.name != "received_at"]


def _clean(table: Table, row: Row) -> Row:
    """The row in its cleaned form, so that rows with the same meaning are equal."""
    return row | {c.name: _clean_value(c, row.get(c.name)) for c in table.file_columns}


def _clean_value(column: Column, value: Any) -> Any:
    if column.name == "currency":
        return value.upper()
    if column.name == "is_internal":
        return bool(value)
    if column.data_type == "text" and column.presence != "required" and is_blank(value):
        return None
    return value


def _is_plausible(moment: datetime, params: Params) -> bool:
    return is_finite(moment) and local_date(moment, params) >= params.min_plausible_date


def _reason(
    table: Table, row: Row, latest: datetime | None, params: Params, exchange: Exchange
) -> str | None:
    needed = [c.name for c in table.file_columns if c.name in table.key or _is_needed_id(c)]
    if any(isinstance(row[name], str) and is_blank(row[name]) for name in needed):
        return "blank_key"
    if table.name in ONE_OF and all(row[name] is None for name in ONE_OF[table.name]):
        return "blank_key"
    moment = row[MAIN_TIMESTAMP[table.name]]
    if not _is_plausible(moment, params):
        return "implausible_timestamp"
    if latest and moment > latest:
        return "future_timestamp"
    for column, allowed in CLOSED_LISTS.get(table.name, {}).items():
        if row[column] not in allowed:
            return f"unknown_{column}"
    for column, (lowest, highest) in RANGES.get(table.name, {}).items():
        value = row[column]
        if value is not None and (value < lowest or (highest is not None and value > highest)):
            return f"out_of_range_{column}"
    if (
        table.name == "subscription_changes"
        and row["quantity"] * row["unit_amount"] > MOST_MINOR_UNITS
    ):
        return "out_of_range_unit_amount"
    if "currency" in row and not exchange.has_rate(row["currency"]):
        return "no_exchange_rate"
    return None


def _is_needed_id(column: Column) -> bool:
    return column.presence == "required" and column.name.endswith("_id")


def _precedence(table: Table, row: Row) -> tuple[Any, ...]:
    """Sorts the row that counts first among the rows of one key."""
    loaded = row["loaded_at"]
    if table.name in STATE_TABLES:
        # Nothing is written after it was loaded, whatever the row says.
        said = row.get("updated_at")
        written = min(said, loaded) if said is not None and is_finite(said) else loaded
        arrival: tuple[Any, ...] = (-_ticks(written), -_ticks(loaded))
    else:
        arrival = (row.get("received_at") or loaded, loaded)
    main = MAIN_TIMESTAMP[table.name]
    contents = [main] + [c.name for c in table.file_columns if c.name != main]
    return (*arrival, *(_sortable(row[name]) for name in contents))


def _ticks(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _sortable(value: Any) -> tuple[bool, Any]:
    """Nulls last."""
    return (value is None, 0 if value is None else value)
