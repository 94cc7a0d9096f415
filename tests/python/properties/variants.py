"""The same world in other forms, and what each form does to the rows of every mart."""

import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from oracle import Params, Raw, Reference
from oracle.clock import day_start
from oracle.inputs import INFINITY, LOADED_AT, MINUS_INFINITY
from oracle.staging import complete_until, last_date
from oracle.worlds import combine, edge_world

from productpulse.raw_schema import raw_tables

Row = dict[str, Any]

SEEDS = {"w1_": 1, "w4_": 4}
# Quotes, a backslash, the slash of composed ids, and letters that collations sort differently.
HOSTILE = {"w1_": "É'1\"/\\ ", "w4_": "é'4\"/\\ "}
# Whole weeks after which, until 2100, months and leap days are the same again.
YEARS = 28
WEEKS_OF_YEARS = timedelta(days=YEARS * 365 + YEARS // 4)
WEEKS = timedelta(weeks=3)
DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
BATCHES = 3
# Amounts that are multiples of it divide by all that a price is divided by: months, weeks, percent.
WHOLE = 12 * 10**6
TIMES = 7
REFUSED = 10**14
MONEY_COLUMNS = {
    "subscription_changes": ("unit_amount", "amount", "discount_amount"),
    "invoices": ("amount_due",),
    "invoice_lines": ("amount",),
    "payments": ("amount",),
}


@dataclass(frozen=True)
class Variant:
    """The loads, one after the other, and the parameters of the build.

    `seed`: changes the text of a reference table. `is_built_each`: build after every load, not only
    after the last.
    """

    loads: list[Raw]
    seed: Callable[[str], str] | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    is_built_each: bool = False


def plain(reference: Reference, prefixes: dict[str, str] | None = None) -> Raw:
    """Two companies full of edges, side by side."""
    names = prefixes or {prefix: prefix for prefix in SEEDS}
    return combine({names[prefix]: edge_world(seed, reference) for prefix, seed in SEEDS.items()})


def variants(reference: Reference) -> dict[str, Variant]:
    """All variants by name, except the plain one."""
    raw = plain(reference)
    whole = _in_whole_amounts(raw)
    return {
        "shuffled": Variant([_shuffled(raw)]),
        "in_batches": Variant(_in_batches(raw), is_built_each=True),
        "delivered_twice": Variant([raw, _in_batches(raw)[0], raw]),
        "renamed": Variant([plain(reference, HOSTILE)]),
        "years_earlier": Variant(
            [_moved(raw, -WEEKS_OF_YEARS)],
            seed=lambda text: _moved_dates(text, -WEEKS_OF_YEARS),
            variables={"min_plausible_date": "1972-01-01"},
        ),
        "elsewhere": Variant(
            [raw], environment={"TZ": "Asia/Kolkata", "PGTZ": "Asia/Kolkata", "LC_ALL": "C"}
        ),
        "whole": Variant([whole]),
        "money_times": Variant([_money_times(whole, TIMES)]),
        "weeks_later": Variant([_moved(whole, WEEKS)]),
        "one_more": Variant([with_one_more(raw)]),
        **{
            f"alone_{prefix}": Variant([_ending_with(raw, {prefix: edge_world(seed, reference)})])
            for prefix, seed in SEEDS.items()
        },
    }


def shifted(rows: list[Row], by: timedelta) -> list[Row]:
    """Rows with every date and moment moved, also dates that are part of a text."""
    return [{name: _moved_value(name, value, by) for name, value in row.items()} for row in rows]


def renamed(rows: list[Row]) -> list[Row]:
    """Rows in which the ids of a world begin with other characters."""

    def rename(value: Any) -> Any:
        for old, new in HOSTILE.items():
            if isinstance(value, str):
                value = re.sub(rf"\b{old}", lambda _, new=new: new, value)
        return value

    return [{name: rename(value) for name, value in row.items()} for row in rows]


def with_one_more(raw: Raw) -> Raw:
    """The world, with a twin of one of its users; the twin never does anything."""
    twin = sibling(raw) | {"user_id": "w1_idle", "email": None}
    return raw | {"users": [*raw["users"], twin]}


def sibling(raw: Raw) -> Row:
    """The user who gets a twin: one who counts, has an account and has only one row."""
    ids = [row["user_id"] for row in raw["users"]]
    return next(
        row
        for row in sorted(raw["users"], key=lambda row: row["user_id"])
        if ids.count(row["user_id"]) == 1
        and not row["is_internal"]
        and row["deleted_at"] is None
        and row["account_id"]
        and abs(row["created_at"] - datetime(2024, 2, 1, tzinfo=LOADED_AT.tzinfo)) < WEEKS
    )


def _ending_with(raw: Raw, world: dict[str, Raw]) -> Raw:
    """The world, with a last event without a user on the date and at the hour of `raw`."""
    alone, last, clock = combine(world), last_date(raw, Params()), complete_until(raw, Params())
    assert last and clock
    of_nobody: Row = {"event_id": "of_nobody", "anonymous_id": "no_user", "user_id": None}
    times = {"occurred_at": day_start(last, Params()), "received_at": clock}
    event = alone["events"][0] | of_nobody | times
    return alone | {"events": [*alone["events"], event]}


def _shuffled(raw: Raw) -> Raw:
    return {name: random.Random(1).sample(rows, len(rows)) for name, rows in raw.items()}


def _in_batches(raw: Raw) -> list[Raw]:
    """Rows of one key stay together, because their arrival decides which of them counts."""
    chance = random.Random(2)
    dealt: list[Raw] = [{name: [] for name in raw} for _ in range(BATCHES)]
    for name, rows in raw.items():
        batch_of: dict[tuple, int] = defaultdict(lambda: chance.randrange(BATCHES))
        for row in rows:
            dealt[batch_of[tuple(row[key] for key in raw_tables()[name].key)]][name].append(row)
    return dealt


def _in_whole_amounts(raw: Raw) -> Raw:
    """In one currency, with amounts that need no rounding."""
    dollars = {
        name: [row | {"currency": "USD"} if "currency" in row else row for row in rows]
        for name, rows in raw.items()
    }
    return _money_times(dollars, WHOLE)


def _money_times(raw: Raw, factor: int) -> Raw:
    return raw | {
        name: [row | _times(row, columns, factor) for row in raw[name]]
        for name, columns in MONEY_COLUMNS.items()
    }


def _times(row: Row, columns: tuple[str, ...], factor: int) -> Row:
    given = {name: row[name] for name in columns if row.get(name) is not None}
    # what is refused as too large stays so, and is not made larger than a number can be
    return {name: each if each > REFUSED else factor * each for name, each in given.items()}


def _moved(raw: Raw, by: timedelta) -> Raw:
    return {
        name: [moved | {"loaded_at": LOADED_AT} for moved in shifted(rows, by)]
        for name, rows in raw.items()
    }


def _moved_value(column: str, value: Any, by: timedelta) -> Any:
    if value in (INFINITY, MINUS_INFINITY):
        return value
    if isinstance(value, date):
        return value + by
    if isinstance(value, str):
        return _moved_dates(value, by)
    # the only year that is a number
    return value + round(by.days / 365.25) if column == "fiscal_year" else value


def _moved_dates(text: str, by: timedelta) -> str:
    return DATE.sub(lambda found: str(date.fromisoformat(found[0]) + by), text)
