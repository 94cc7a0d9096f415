"""Small made-up companies full of edge cases, on which the marts and the oracle must agree."""

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from productpulse.raw_schema import Column, raw_tables

from .inputs import INFINITY, LOADED_AT, MINUS_INFINITY, Raw, Reference, Row, to_microseconds
from .leakage import RULES
from .money import half_up

LEAP_DAY = date(2024, 2, 29)
# The year 2020 has an ISO week 53, from 28 December to 3 January.
WEEK_53 = date(2020, 12, 31)
DAYS_AROUND = 45

USERS = 30
ACCOUNTS = 12
SECOND_LOAD_AT = LOADED_AT + timedelta(days=1)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAR_FUTURE = datetime(2199, 1, 1, tzinfo=UTC)
BAD_MOMENTS = (INFINITY, MINUS_INFINITY, EPOCH, FAR_FUTURE)
# Near midnight, and on both sides of the hour that clocks in Europe and America skip or repeat.
TELLING_TIMES = (
    *(time(0), time(0, 0, 0, 1), time(23, 59, 59, 999999), time(0, 30), time(1, 30), time(2, 30)),
    *(
        time(3, 59, 59),
        time(4),
        time(4, 59, 59),
        time(5),
        time(6, 59, 59),
        time(7),
        time(22, 30),
        time(23),
    ),
)

PLATFORMS = ("web", "ios", "android", "", None)
COUNTRIES = ("DE", "US", "JP", None)
CHANNELS = ("organic", "paid", "referral", " ", None)
SIZES = ("1-10", "11-50", "51-200", None)
INDUSTRIES = ("software", "retail", None)
INTERVALS = ("month", "month", "year", "quarter", "week", "day")


def small_reference() -> Reference:
    """Plans, catalogue and exchange rates for worlds that do not use the project's."""
    months = [date(2020 + m // 12, m % 12 + 1, 1) for m in range(9, 54)]
    rates = []
    for place, month in enumerate(months):
        swing = Decimal(place % 5) / 1000
        rates.append(_rate("EUR", month, Decimal("1.0837") + swing, 2))
        # No rate, then months without a row, before the first that counts.
        if month >= date(2024, 3, 1):
            rates.append(_rate("CHF", month, Decimal("1.1311") - swing, 2))
        elif place % 2:
            rates.append(_rate("CHF", month, Decimal(0), 2))
        # Its own rate is 1 where it is the reporting currency, whatever this says.
        rates.append(_rate("USD", month, Decimal("0.9228") + swing, 2))
        # Months without a rate take the latest before them.
        if place % 4:
            rates.append(_rate("JPY", month, Decimal("0.00674") + swing / 100, 0))
    events: dict[str, tuple[bool, str | None]] = {
        "report_viewed": (True, "reports"),
        "file_uploaded": (True, "files"),
        "mail_sent": (False, None),
    }
    return {
        "plans": [{"plan_id": plan} for plan in ("basic", "pro", "team")],
        "features": [{"feature_id": feature} for feature in ("reports", "files", "unused")],
        "plan_features": [{"plan_id": "pro", "feature_id": "files"}],
        "tracking_plan": [
            {"event_name": name, "is_activity": str(counts).lower(), "feature_id": feature}
            for name, (counts, feature) in events.items()
        ],
        "exchange_rates": rates,
        "leakage_rules": [
            {"rule_id": rule, "priority": str(place), "days": str(place)}
            for place, rule in enumerate(RULES)
        ],
    }


def edge_world(seed: int, reference: Reference | None = None) -> Raw:
    """About 30 users and 12 accounts over 90 days; the same seed gives the same world.

    Every third seed is around the end of 2020, the others around 29 February 2024. Plans, event
    names and currencies come from the reference (default: `small_reference()`).
    """
    world = _World(seed, reference or small_reference())
    world.add_accounts()
    world.add_users()
    world.add_activity()
    world.add_odd_events()
    world.add_merges()
    world.add_subscriptions()
    world.add_odd_changes()
    world.add_the_rest()
    world.add_sessions()
    world.add_feature_uses()
    world.add_experiments()
    world.add_invoices()
    world.add_care()
    world.add_updates()
    for rows in world.raw.values():
        world.random.shuffle(rows)
    return world.raw


def new_row(table: str, **values: Any) -> Row:
    """A raw row of the first load; columns not named are null."""
    names = [column.name for column in raw_tables()[table].file_columns]
    row: Row = dict.fromkeys(names) | values | {"loaded_at": LOADED_AT}
    assert set(row) == {*names, "loaded_at"}, set(row) - set(names)
    return row


def with_corrections(raw: Raw, seed: int) -> Raw:
    """The world, and a later load that repeats some rows of each table with other contents."""
    chance = random.Random(seed)
    corrected = {}
    for name, rows in raw.items():
        columns = [column.name for column in raw_tables()[name].file_columns]
        # The owner of a row and its currency stay, or subscriptions would change their history.
        free = [
            c
            for c in columns
            if c not in raw_tables()[name].key and not c.endswith("_id") and c != "currency"
        ]
        later = []
        for row in rows:
            if chance.random() < 0.2:
                again = row | {"loaded_at": SECOND_LOAD_AT}
                donor = chance.choice(rows)
                again |= {c: donor[c] for c in free if chance.random() < 0.5}
                later.append(again)
        corrected[name] = rows + later
    return corrected


def loads(raw: Raw) -> list[Raw]:
    """The world split by `loaded_at`, the first load first."""
    moments = sorted({row["loaded_at"] for rows in raw.values() for row in rows})
    return [
        {name: [r for r in rows if r["loaded_at"] == moment] for name, rows in raw.items()}
        for moment in moments
    ]


def combine(worlds: Mapping[str, Raw]) -> Raw:
    """Several worlds in one, every id with the prefix of its world; blank ids stay blank."""
    combined: Raw = {name: [] for name in raw_tables()}
    for prefix, raw in worlds.items():
        for name, rows in raw.items():
            ids = [
                c.name
                for c in raw_tables()[name].file_columns
                if c.name.endswith("_id") and c.name not in ("plan_id", "experiment_id")
            ]
            combined[name] += [
                row | {c: prefix + row[c] for c in ids if row[c] and row[c].strip()} for row in rows
            ]
    return combined


def write_world(raw: Raw, directory: Path) -> None:
    """One `<table>.parquet` per table, as the loader reads them: without the loader's columns."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, table in raw_tables().items():
        columns = {
            column.name: _array(column, [row.get(column.name) for row in raw.get(name, [])])
            for column in table.file_columns
        }
        pq.write_table(pa.table(columns), directory / f"{name}.parquet")


def _array(column: Column, values: list[Any]) -> pa.Array:
    if column.data_type == "timestamptz":
        whole = [None if value is None else to_microseconds(value) for value in values]
        return pa.array(whole, pa.int64()).cast(pa.timestamp("us", "UTC"))
    types = {"bigint": pa.int64(), "boolean": pa.bool_(), "numeric(9,4)": pa.decimal128(9, 4)}
    return pa.array(values, types.get(column.data_type, pa.string()))


def _rate(currency: str, month: date, rate: Decimal, digits: int) -> Row:
    return {
        "currency": currency,
        "month": month.isoformat(),
        "rate": str(rate),
        "minor_unit_digits": str(digits),
    }


class _World:
    """A world while it is being made: its random numbers, its calendar and its rows so far."""

    def __init__(self, seed: int, reference: Reference) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        middle = WEEK_53 if seed % 3 == 2 else LEAP_DAY
        self.first = middle - timedelta(days=DAYS_AROUND)
        self.silence = range(50, 58)
        self.raw: Raw = {name: [] for name in raw_tables()}
        plans = [row["plan_id"] for row in reference.get("plans", [])]
        self.plans = sorted(plans)[:3] or ["basic"]
        catalogue = reference.get("tracking_plan", [])
        counts = {row["event_name"]: row.get("is_activity") for row in catalogue}
        active = sorted(n for n, flag in counts.items() if str(flag).lower() in ("true", "t", "1"))
        self.active_names = [*active[:3], "never_catalogued"]
        self.idle_names = sorted(n for n, flag in counts.items() if str(flag).lower() == "false")[
            :2
        ]
        event_of = {row["feature_id"]: row["event_name"] for row in catalogue}
        self.experiments = reference.get("experiments", [])
        self.experiment_variants = reference.get("experiment_variants", [])
        self.experiment_metrics = reference.get("experiment_metrics", [])
        self.feature_events = sorted(event_of[feature] for feature in event_of if feature)
        known = {
            row["currency"]
            for row in reference.get("exchange_rates", [])
            if Decimal(row["rate"]) > 0
        }
        # The yen first: it has no minor unit.
        foreign = sorted(known - {"USD"}, key=lambda currency: (currency != "JPY", currency))
        self.currencies = [*foreign[:3], "USD"]

    # Small tools

    def add(self, table: str, **values: Any) -> Row:
        """A row of the table; columns not named are null."""
        row = new_row(table, **values)
        self.raw[table].append(row)
        return row

    def new_id(self, table: str) -> str:
        """A key that no row of the table has yet."""
        return f"{table[:2]}{len(self.raw[table])}"

    def at(self, day: int, hour: float | None = None) -> datetime:
        """A moment on the n-th day; without an hour, at a critical time or at any time."""
        start = datetime.combine(self.first + timedelta(days=day), time.min, UTC)
        if hour is not None:
            return start + timedelta(hours=hour)
        if self.random.random() < 0.3:
            return datetime.combine(start.date(), self.random.choice(TELLING_TIMES), UTC)
        return start + timedelta(seconds=self.random.randrange(86400))

    def pick(self, choices: Any) -> Any:
        """One of them, each with the same chance."""
        return self.random.choice(list(choices))

    def chance(self, probability: float) -> bool:
        """Whether it happens this time."""
        return self.random.random() < probability

    # People

    def add_accounts(self) -> None:
        """Organisations, two of them twice, one not before the year 2199."""
        for number in range(ACCOUNTS):
            row = self.add(
                "accounts",
                account_id=f"a{number}",
                name=f"Company {number}",
                industry=self.pick(INDUSTRIES),
                company_size=self.pick(SIZES),
                country=self.pick(COUNTRIES),
                created_at=self.at(self.random.randrange(30)),
            )
            if number < 2:
                self.add("accounts", **self._other(row, company_size="201+"))
            if number == 2:
                row["created_at"] = FAR_FUTURE
        self.add("accounts", account_id="  ", created_at=self.at(3))

    def add_users(self) -> None:
        """People of all kinds; the last account ids are orphans, the last users have no account."""
        for number in range(USERS):
            deleted = None
            if self.chance(0.15):
                deleted = self.pick(
                    [self.at(40), self.at(89, 23.99), self.at(200), INFINITY, EPOCH]
                )
            row = self.add(
                "users",
                user_id=f"u{number}",
                account_id=f"a{number % (ACCOUNTS + 2)}" if number < USERS - 8 else None,
                email=f"u{number}@example.org",
                country=self.pick(COUNTRIES),
                acquisition_channel=self.pick(CHANNELS),
                is_internal=self.pick([True, False, False, False, None, None]),
                created_at=self.at(self.random.randrange(40)),
                deleted_at=deleted,
            )
            if self.chance(0.1):
                self.add("users", **self._other(row, country="FR", is_internal=None))
            if self.chance(0.08):
                row["created_at"] = self.pick(BAD_MOMENTS)
        self.add("users", user_id="", created_at=self.at(1))
        self.add("users", user_id=" ", created_at=self.at(1))

    def _other(self, row: Row, **changed: Any) -> Row:
        return {name: value for name, value in row.items() if name != "loaded_at"} | changed

    # Activity

    def add_activity(self) -> None:
        """A rhythm for each user, known or not, with gaps around the lengths of the windows."""
        people = [f"u{n}" for n in range(USERS)] + ["orphan1", "orphan2"]
        for user in people:
            rhythm = self.pick([self._edge_gaps, self._spell, self._weekly, self._scattered])
            for day in rhythm():
                if 0 <= day < 2 * DAYS_AROUND and day not in self.silence:
                    for _ in range(self.pick([1, 1, 1, 2, 3])):
                        self.add_event(self.at(day), user_id=user)

    def _edge_gaps(self) -> list[int]:
        found = [self.random.randrange(20)]
        for _ in range(self.random.randrange(5)):
            found.append(found[-1] + self.pick([1, 6, 7, 8, 26, 27, 28, 29, 30, 31]))
        return found

    def _spell(self) -> list[int]:
        start = self.random.randrange(80)
        return list(range(start, start + self.random.randrange(1, 20)))

    def _weekly(self) -> list[int]:
        return list(range(self.random.randrange(30), 90, 7))

    def _scattered(self) -> list[int]:
        share = self.pick([0.03, 0.2, 0.5])
        return [day for day in range(90) if self.chance(share)]

    def add_event(self, moment: datetime, **values: Any) -> Row:
        """An event at the moment, received soon after or at an unknown moment."""
        received = moment + timedelta(seconds=self.random.randrange(200))
        defaults: Row = {
            "event_id": f"e{len(self.raw['events'])}",
            "event_name": self._event_name(),
            "occurred_at": moment,
            "received_at": received if self.chance(0.8) else None,
            "platform": self.pick(PLATFORMS),
            "properties": json.dumps({"n": self.random.randrange(9)}) if self.chance(0.5) else None,
        }
        return self.add("events", **(defaults | values))

    def _event_name(self) -> str:
        idle = bool(self.idle_names) and self.chance(0.25)
        return str(self.pick(self.idle_names if idle else self.active_names))

    def add_odd_events(self) -> None:
        """Repeats, impossible times, blank keys, and devices of one, many or no users."""
        for event in self.random.sample(self.raw["events"], 12):
            moved = event["occurred_at"] + timedelta(days=self.pick([-1, 1, 0, 7]))
            received = event["received_at"]
            if received and self.chance(0.5):
                received += timedelta(seconds=self.pick([-60, 60]))
            again = self._other(event, occurred_at=moved, received_at=received)
            again["user_id"] = self.pick([event["user_id"], "u3"])
            self.add("events", **again)
        for bad in BAD_MOMENTS:
            self.add_event(self.at(20), user_id="u1", occurred_at=bad)
            event = self.add_event(self.at(21), user_id="u1")
            # Rejected, so it must not replace the good row with the same key.
            self.add("events", **self._other(event, occurred_at=bad, received_at=self.at(1)))
        self.add_event(self.at(22), user_id="u2", event_id=" ")
        self.add_event(self.at(24), user_id="u2", event_name=" ")
        self.add_event(self.at(22), user_id="", anonymous_id="  ")
        self.add_event(self.at(22), user_id=None, anonymous_id=None)
        self.add_event(self.at(23), user_id=" ", anonymous_id="d0")
        # Dated after it was received: it cannot have happened and must not move the clock.
        self.add_event(self.at(400), user_id="u2", received_at=self.at(60))

        links: list[tuple[str, str, datetime]] = [
            *(("d0", "u4", self.at(60)), ("d1", "u5", self.at(30)), ("d1", "u6", self.at(40))),
            *(("d2", "u8", self.at(35, 12)), ("d2", "u7", self.at(35, 12))),
            *(("d3", "u9", self.at(10)), ("d3", "u10", self.at(20)), ("d3", "u9", self.at(40))),
            *(("d4", "orphan3", self.at(50)), ("d5", "u11", INFINITY), ("d5", "u12", FAR_FUTURE)),
            *(("d6", "u13", EPOCH), (" ", "u14", self.at(5)), ("d6", "", self.at(5))),
        ]
        for device, user, moment in links:
            self.add("user_aliases", anonymous_id=device, user_id=user, linked_at=moment)
        self.add("user_aliases", anonymous_id="d0", user_id="u4", linked_at=links[0][2])
        for device, _, moment in links:
            if device.strip() and moment not in BAD_MOMENTS:
                self.add_event(moment, anonymous_id=device)
                self.add_event(moment - timedelta(microseconds=1), anonymous_id=device)
        # a device that changes hands and back, known only from events; and one of a single user
        for day, known in enumerate([None, "u16", None, "u17", None, "u16", None], start=20):
            self.add_event(self.at(day), anonymous_id="e0", user_id=known)
            self.add_event(self.at(day), anonymous_id="e1", user_id=known and "u18")
        for number in range(8):
            for _ in range(4):
                known = self.pick([None, None, None, "u15"])
                day = self.random.randrange(50)
                self.add_event(self.at(day), anonymous_id=f"d{number}", user_id=known)

    def add_merges(self) -> None:
        """Ids of one person: in a chain, of unknown users, reused, in a circle; and ids that are
        both a user's and a device's."""
        told = [
            *(("u22", "u23", 40), ("u23", "u24", 30), ("u20", "u21", 50), ("orphan1", "u2", 10)),
            *(("u25", "u26", 20), ("u25", "u27", 21), ("u25", "u26", 22), ("u28", "u29", 20)),
            *(("u29", "u28", 30), ("u29", "u1", 40), ("u3", "u3", 5), ("u12", "u13", 20)),
            *(("u14", "orphan2", 20), ("d8", "u20", 20), ("u15", "u5", 400)),
        ]
        for one, other, day in told:
            self.add("user_aliases", anonymous_id=one, user_id=other, linked_at=self.at(day))
        for day in (10, 30):
            self.add_event(self.at(day), anonymous_id="d8")
            # a device of the same name as a user
            self.add_event(self.at(day), anonymous_id="u12")
            self.add_event(self.at(day), anonymous_id="u14", user_id="u14")

    # Subscriptions

    def add_subscriptions(self) -> None:
        """One or two histories per account; persons and unknown accounts pay as well."""
        stories: list[Callable[[str], None]] = [
            *(self._grows, self._same_day, self._zero_day_gap, self._discount_ends),
            *(self._short_past_due, self._long_past_due, self._paused, self._unpaid),
            *(self._ended_only, self._free, self._free_by_discount, self._no_rate),
            *(self._comes_back, self._fx_day, self._trial, self._overlapping, self._cancels),
            *(
                self._leaves_piecemeal,
                self._cancels_past_due,
                self._asks_to_leave,
                self._takes_back,
                self._ends_again,
                self._at_one_moment,
            ),
        ]
        payers = [f"a{n}" for n in range(ACCOUNTS)] + [
            "a_orphan",
            "u1",
            f"u{USERS - 1}",
            f"u{USERS - 2}",
        ]
        turn = self.seed * len(payers)
        for place, payer in enumerate(payers):
            stories[(turn + place) % len(stories)](payer)
            if self.chance(0.3):
                self.pick(stories)(payer)

    def subscription(self, payer: str, **values: Any) -> str:
        """A subscription of an account (a…) or a user (u…), with an account or alone."""
        subscription_id = self.new_id("subscriptions")
        who = {"account_id": payer} if payer.startswith("a") else {"user_id": payer}
        self.add(
            "subscriptions",
            **({"subscription_id": subscription_id, "created_at": self.at(0)} | who | values),
        )
        return subscription_id

    def change(self, subscription: str, day: int, hour: float | None = None, **values: Any) -> Row:
        """The new state of a subscription; other columns stay as they were, or are made up."""
        history = [
            row
            for row in self.raw["subscription_changes"]
            if row["subscription_id"] == subscription
        ]
        if history:
            state = self._other(history[-1])
        else:
            state = {
                "status": "active",
                "plan_id": self.pick(self.plans),
                "billing_interval": self.pick(INTERVALS),
                "quantity": self.random.randrange(1, 9),
                "unit_amount": self.pick([999, 1000, 4900, 58801, 100003]),
                "interval_count": self.pick([*[None] * 8, 1, 2]),
                "amount": self.pick([*[None] * 8, 7777]),
                "discount_amount": self.pick([*[None] * 6, 0, 151, 50000]),
                "collection_paused": self.pick([*[None] * 6, False, True]),
                "currency": self._currency(),
            }
        moment = {"changed_at": self.at(day, hour), "subscription_id": subscription}
        identity = {"change_id": self.new_id("subscription_changes")}
        return self.add("subscription_changes", **(state | moment | identity | values))

    def _currency(self) -> str:
        currency = str(self.pick(self.currencies))
        return currency.lower() if self.chance(0.2) else currency

    def _ends_again(self, payer: str) -> None:
        """Canceled, undone, and ended without a change; the other end is long past."""
        for ended in (self.at(70, 12), self.at(20, 12)):
            subscription = self.subscription(payer, ended_at=ended)
            self.change(subscription, 5, 9)
            self.change(subscription, 20, 12, status="canceled")
            self.change(subscription, 35, 9, status="active")

    def _at_one_moment(self, payer: str) -> None:
        """Two changes at once, in the order of their ids as numbers or of the source's own."""
        for numbers in ((None, None), (2, 1), (None, 1)):
            subscription = self.subscription(payer)
            self.change(subscription, 8, 9)
            for place, status in enumerate(("active", "canceled")):
                self.change(
                    subscription, 41, 9,
                    change_id=f"{subscription}-{9 + place}", status=status, quantity=7,
                    sequence=numbers[place],
                )  # fmt: skip

    def _grows(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 5, quantity=2)
        self.change(subscription, 20, quantity=5)
        self.change(subscription, 33, quantity=1)
        self.change(subscription, 60, plan_id=self.pick(self.plans), billing_interval="year")

    def _same_day(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 12, 8)
        self.change(subscription, 30, 9, quantity=9)
        self.change(subscription, 30, 10, status="canceled")
        self.change(
            subscription, 30, 11, status="active", quantity=9, plan_id=self.pick(self.plans)
        )
        within_a_day = self.subscription(payer)
        self.change(within_a_day, 40, 9)
        self.change(within_a_day, 40, 21, status="canceled")

    def _zero_day_gap(self, payer: str) -> None:
        old = self.subscription(payer)
        self.change(old, 10)
        self.change(old, 44, 12, status="canceled")
        new = self.subscription(payer)
        self.change(new, 44, 12)
        late = self.subscription(payer)
        self.change(new, 50, 3, status="canceled")
        self.change(late, 51, 3)

    def _discount_ends(self, payer: str) -> None:
        subscription = self.subscription(payer)
        ends = self.pick([self.at(46), self.at(46, 0), INFINITY, MINUS_INFINITY])
        self.change(
            subscription, 15, discount_percent=Decimal("33.3333"), discount_ends_at=ends, quantity=3
        )
        self.change(subscription, 46, quantity=4)

    def _short_past_due(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 3)
        self.change(subscription, 20, status="past_due")
        self.change(subscription, 49, status="active")
        self.change(subscription, 55, status="past_due", quantity=7)
        self.change(subscription, 58, 5, status="active")
        self.change(subscription, 58, 7, status="past_due")

    def _long_past_due(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 8)
        self.change(subscription, 15, status="past_due")
        self.change(subscription, 30, status="past_due", quantity=6)
        self.change(subscription, self.pick([44, 45, 46, 60]), status="active")

    def _paused(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 9)
        self.change(subscription, 29, status="paused")
        self.change(subscription, 59, status=self.pick(["active", "canceled"]))

    def _unpaid(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 9)
        self.change(subscription, 31, status="past_due")
        self.change(subscription, 41, status="unpaid")
        self.change(subscription, 61, status="canceled")

    def _ended_only(self, payer: str) -> None:
        subscription = self.subscription(
            payer, ended_at=self.pick([self.at(47), self.at(70), INFINITY])
        )
        self.change(subscription, 2)
        if self.chance(0.4):
            self.change(subscription, 45, status="past_due")

    def _free(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 4, unit_amount=0)
        self.change(subscription, 37, unit_amount=1)
        self.change(subscription, 52, unit_amount=2500)
        self.change(subscription, 64, quantity=0)

    def _free_by_discount(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(
            subscription, 6, discount_percent=Decimal("100"), discount_ends_at=self.at(36, 13)
        )

    def _no_rate(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 7, currency="XXX")
        self.change(subscription, 27, quantity=3)

    def _comes_back(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 1)
        self.change(subscription, 25, status="canceled")
        self.change(subscription, 56, status="active", plan_id=self.pick(self.plans))
        self.change(subscription, 66, status="canceled")
        self.change(self.subscription(payer), 80)

    def _fx_day(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 5, currency=self.currencies[0], quantity=8)
        first_of_month = next(n for n in range(20, 60) if (self.first + timedelta(days=n)).day == 1)
        self.change(subscription, first_of_month, quantity=self.pick([7, 8, 9]))
        other = self.subscription(payer)
        self.change(other, 8, currency=self.currencies[-2:][0])
        self.change(other, first_of_month, status="canceled")
        third = self.subscription(payer)
        self.change(third, 9)
        self.change(third, first_of_month, currency=self._currency())

    def _trial(self, payer: str) -> None:
        subscription = self.subscription(payer, trial_ends_at=self.at(28))
        self.change(subscription, 14, status="trialing")
        if self.chance(0.7):
            self.change(subscription, 28, status="active")

    def _overlapping(self, payer: str) -> None:
        for start, end in ((5, 70), (15, 35), (30, 75)):
            subscription = self.subscription(payer)
            self.change(subscription, start)
            self.change(subscription, end, status="canceled")

    def _cancels(self, payer: str) -> None:
        subscription = self.subscription(payer, ended_at=self.at(48))
        self.change(subscription, 11, plan_id=self.plans[-1])
        self.change(subscription, 43, status="canceled")

    def _leaves_piecemeal(self, payer: str) -> None:
        reasons = self.random.sample(["paused", "unpaid", "canceled"], 2)
        for hour, status in zip((9, 10), reasons, strict=True):
            subscription = self.subscription(payer)
            self.change(subscription, 13)
            self.change(subscription, 53, hour, status=status)

    def _cancels_past_due(self, payer: str) -> None:
        subscription = self.subscription(payer)
        self.change(subscription, 10)
        self.change(subscription, 40, status="past_due")
        self.change(subscription, 50, status="canceled")

    def _asks_to_leave(self, payer: str) -> None:
        subscription = self.subscription(payer, cancel_requested_at=self.at(34))
        self.change(subscription, 16)
        self.change(subscription, 38, quantity=9)
        if self.chance(0.6):
            self.change(subscription, 57, status="canceled")
            if self.chance(0.5):
                self.change(subscription, 67, status="active")

    def _takes_back(self, payer: str) -> None:
        """A cancellation that is undone by the end of its day does not count."""
        subscription = self.subscription(
            payer, cancel_requested_at=self.at(30), ended_at=self.at(50)
        )
        self.change(subscription, 12)
        self.change(subscription, 33, 9, status="canceled")
        self.change(subscription, 33, 10, status="active")

    def add_odd_changes(self) -> None:
        """Repeats, and rows that no metric may use."""
        changes = self.raw["subscription_changes"]
        for change in self.random.sample(changes, 5):
            self.add("subscription_changes", **self._other(change, quantity=77))
        spoilt: list[Row] = [
            *({"changed_at": bad} for bad in BAD_MOMENTS),
            *({"status": "frozen"}, {"billing_interval": "decade"}, {"quantity": -1}),
            *({"interval_count": 0}, {"amount": -1}, {"discount_amount": 10**15 + 1}),
            *({"unit_amount": -5}, {"discount_percent": Decimal("150")}),
            *({"discount_percent": Decimal("-0.5")}, {"subscription_id": " "}),
            *({"plan_id": " "}, {"currency": " "}, {"currency": "xxx", "quantity": -1}),
            {"status": "?", "billing_interval": "?", "quantity": -1},
            {"change_id": " ", "changed_at": EPOCH, "status": "?"},
        ]
        for spoiling in spoilt:
            change_id = self.new_id("subscription_changes")
            row = self._other(self.pick(changes), change_id=change_id, quantity=50)
            self.add("subscription_changes", **(row | spoiling))
        repeated = self.pick(self.raw["subscriptions"])
        self.add("subscriptions", **self._other(repeated, trial_ends_at=self.at(9)))
        without_payer = self.subscription("", user_id=" ", account_id="")
        self.change(without_payer, 10)
        not_yet = self.subscription("a1", created_at=FAR_FUTURE)
        self.change(not_yet, 10)
        self.change("su_unheard_of", 15)
        self.change("su_unheard_of", 48, status="canceled")
        self.change("su_unheard_of_too", 25)
        # half an hour after the end of 20 March in New York
        after_midnight = datetime(2024, 3, 21, 4, 30, tzinfo=UTC)
        if self.at(0) < after_midnight < self.at(2 * DAYS_AROUND):
            self.change("su_of_tomorrow", 0, changed_at=after_midnight)
            subscription = self.subscription("a2", ended_at=after_midnight)
            self.change(subscription, 3)
            self.change(subscription, 0, changed_at=after_midnight, status="canceled")

    # Invoices, payments, tickets, answers, exposures: only counted so far

    def add_the_rest(self) -> None:
        """A few rows of each further table, most of them with something wrong."""
        invoice: Row = {
            "account_id": "a1",
            "issued_at": self.at(30),
            "amount_due": 4900,
            "currency": "EUR",
            "status": "open",
        }
        payment: Row = {
            "invoice_id": "in0",
            "attempted_at": self.at(31),
            "kind": "charge",
            "status": "succeeded",
            "amount": 4900,
            "currency": "EUR",
        }
        ticket: Row = {"account_id": "a1", "opened_at": self.at(32), "priority": "whatever"}
        answer: Row = {"user_id": "u1", "responded_at": self.at(33), "score": 9}
        exposure: Row = {
            "experiment_id": "x1",
            "user_id": "u1",
            "variant": "b",
            "assigned_at": self.at(34),
        }
        variations: dict[str, tuple[Row, list[Row]]] = {
            "invoices": (
                invoice | {"invoice_id": None},
                [{}, {"status": "sent"}, {"amount_due": -1}, {"issued_at": EPOCH}],
            ),
            "payments": (
                payment | {"payment_id": None},
                [{}, {"kind": "gift"}, {"status": "maybe"}, {"amount": -1}, {"invoice_id": " "}],
            ),
            "support_tickets": (
                ticket | {"ticket_id": None},
                [{}, {"satisfaction_score": 5}, {"opened_at": INFINITY}, {"account_id": " "}],
            ),
            "nps_responses": (
                answer | {"response_id": None},
                [{}, {"score": 0}, {"score": 10}, {"score": 11}, {"score": -1}, {"user_id": " "}],
            ),
            "experiment_assignments": (
                exposure,
                [{}, {}, {"variant": "a"}, {"variant": " "}, {"assigned_at": MINUS_INFINITY}],
            ),
        }
        for table, (usual, changes) in variations.items():
            for changed in changes:
                row = usual | changed
                for name, value in row.items():
                    if value is None:
                        row[name] = self.new_id(table)
                self.add(table, **row)
            if len(raw_tables()[table].key) == 1:
                first = self._other(self.raw[table][0])
                self.add(table, **first)
                self.add(table, **(first | {raw_tables()[table].key[0]: " "}))

    # Sessions

    def add_sessions(self) -> None:
        """Pauses close to the gaps, over midnight or not; also sessions named by the source."""
        minutes = (30, 30, 45, 45, 30, 0, 0, 1)
        moment = self.at(48, 21)
        for number, pause in enumerate(minutes):
            self.add_event(moment, user_id="u16", event_id=f"se{number}")
            # one pause of each pair is the gap itself, the other a moment longer
            moment += timedelta(minutes=pause, microseconds=number % 2)
        for user in ("u17", "u18"):
            for number in range(12):
                source = self.pick(["s1", "s2", "s2", " ", None])
                moment = self.at(60) + timedelta(minutes=self.pick([0, 10, 31, 300, 1400]) * number)
                self.add_event(moment, user_id=user, session_id=source)
        # of one moment: the source's sequence decides, then ids as they count, capitals first
        for event_id, number in (("sb", None), ("sB", None), ("s10", None), ("s9", 10), ("s8", 9)):
            self.add_event(
                self.at(61, 12),
                user_id="u16",
                event_id=event_id,
                sequence=number,
                event_name=event_id,
            )
        # begun on one day and ended on the next, there and in New York
        for day, hour in ((62, 23.9), (63, 0.1), (64, 3.9), (64, 4.1)):
            self.add_event(self.at(day, hour), user_id="u19")

    # Invoices

    def add_invoices(self) -> None:
        """Right and wrong invoices of most subscriptions, and what was paid for them.

        Every third subscription is billed after its periods, every fifth by invoices to its payer.
        """
        for change in list(self.raw["subscription_changes"]):
            moment = change["changed_at"]
            if moment in BAD_MOMENTS or not self.at(0) < moment < self.at(2 * DAYS_AROUND):
                continue
            days = {"day": 1, "week": 7, "year": 366, "quarter": 92}.get(
                change["billing_interval"], 31
            )
            step = timedelta(days=days)
            for number in range(self.pick([3] if change["discount_percent"] else [0, 1, 3])):
                starts = moment + number * step + timedelta(hours=self.pick([0, 0, 5]))
                if starts < self.at(2 * DAYS_AROUND):
                    self._invoice(change, starts, starts + self.pick([step, step, step / 2]))

    def _invoice(self, change: Row, starts: datetime, until: datetime) -> None:
        amount, less = change["amount"], change["discount_amount"] or 0
        price = change["quantity"] * change["unit_amount"] if amount is None else amount
        share = 1 - Fraction(change["discount_percent"] or 0) / 100
        right = max(half_up(price * share) - less, 0)
        due = self.pick([price, right, right, right, price * 7 // 10, max(right - 700, 0)])
        subscription_id = self.pick([change["subscription_id"]] * 12 + ["su_nobody", None])
        account_id = self.pick(["a3", None])
        subscriptions = {row["subscription_id"]: row for row in self.raw["subscriptions"]}
        subscription = subscriptions.get(change["subscription_id"], {})
        kind = int(change["subscription_id"][2:] or 0) if subscription else 0
        if kind % 5 == 4:
            subscription_id, account_id = None, subscription.get("account_id")
        # not after the end of the world, which it would move
        is_in_arrears = kind % 3 == 2 and until < self.at(2 * DAYS_AROUND - 3)
        issued = until + timedelta(hours=self.pick([0, 50])) if is_in_arrears else starts
        invoice = self.add(
            "invoices",
            invoice_id=self.new_id("invoices"),
            subscription_id=subscription_id,
            account_id=account_id,
            issued_at=issued,
            due_at=self.pick([starts + timedelta(days=14), starts, None, INFINITY]),
            period_start=starts if self.chance(0.97) else None,
            period_end=self.pick([until] * 20 + [INFINITY]),
            amount_due=due,
            currency=change["currency"] if self.chance(0.95) else "USD",
            status=self.pick(["open", "paid", "paid", "uncollectible", "void", "draft"]),
        )
        if self.chance(0.2):
            self._lines(invoice, starts, until)
        for _ in range(self.pick([0, 1, 1, 2, 4])):
            self.add(
                "payments",
                payment_id=self.new_id("payments"),
                invoice_id=self.pick([*[invoice["invoice_id"]] * 12, None, "in_nowhere"]),
                account_id=self.pick([None, None, "a4", " "]),
                user_id=self.pick([None, "u25", f"u{USERS - 1}"]),
                attempted_at=starts + timedelta(days=self.pick([0, 0.2, 1, 20])),
                kind=self.pick(
                    [*["charge"] * 6, "refund", "credit_note", "credit_note", "chargeback"]
                ),
                status=self.pick(["succeeded", "succeeded", "failed", "pending"]),
                amount=self.pick([due, due, due * 8 // 10, 1]),
                currency=invoice["currency"] if self.chance(0.95) else "EUR",
            )

    def _lines(self, invoice: Row, starts: datetime, until: datetime) -> None:
        """A period, perhaps of another subscription, and what is added or deducted."""
        kinds = self.pick([["period"], ["period", "discount", "tax"], ["proration", "credit"],
                           ["period", "period", "credit"], ["other"]])  # fmt: skip
        for kind in kinds:
            self.add(
                "invoice_lines",
                line_id=self.new_id("invoice_lines"),
                invoice_id=invoice["invoice_id"],
                subscription_id=self.pick([None, None, invoice["subscription_id"], "su3", " "]),
                issued_at=invoice["issued_at"],
                kind=kind,
                period_start=self.pick([starts, starts, None]),
                period_end=self.pick([until, until, None]),
                amount=self.pick([invoice["amount_due"], -500, 0, 4900]),
                currency=invoice["currency"],
            )

    def add_updates(self) -> None:
        """When the source wrote a state, if it says so; sometimes impossible."""
        for table in ("users", "accounts", "subscriptions", "invoices"):
            for row in self.raw[table]:
                if self.chance(0.3):
                    row["updated_at"] = self.pick([self.at(40), self.at(60), INFINITY, FAR_FUTURE])

    # Tickets and answers

    def add_care(self) -> None:
        """Tickets and answers of people known and unknown."""
        people = [f"u{n}" for n in range(USERS)]
        for _ in range(60):
            day = self.random.randrange(2 * DAYS_AROUND)
            opened = self.at(day)
            answered = opened + self.pick([1, 5, 90]) * timedelta(minutes=37, seconds=0.5)
            self.add(
                "support_tickets",
                ticket_id=self.new_id("support_tickets"),
                account_id=self.pick(["a0", "a1", "a2", "a3", "a_orphan", None, " "]),
                user_id=self.pick([*people[:4], "u_nobody", None]),
                opened_at=opened,
                first_response_at=self.pick([answered, answered, None, INFINITY, MINUS_INFINITY]),
                resolved_at=self.pick([answered, self.at(day + 3), self.at(89), None, INFINITY]),
                reopened_count=self.pick([0, 0, 1, 2, None]),
                priority=self.pick(["low", "high", None]),
                satisfaction_score=self.pick([1, 3, 5, None]),
            )
            self.add(
                "nps_responses",
                response_id=self.new_id("nps_responses"),
                user_id=self.pick([*people, "u1", "u2", "orphan1", "u_nobody"]),
                responded_at=self.pick([self.at(day), self.at(day, 12)]),
                score=self.pick([*range(11), 6, 9]),
            )

    # Features

    def add_feature_uses(self) -> None:
        """Uses of every feature by users of all kinds, also near the hours that clocks change."""
        for name in self.feature_events:
            for user in self.random.sample(range(USERS), 8):
                for _ in range(self.pick([1, 1, 2, 5])):
                    moment = self.at(self.random.randrange(2 * DAYS_AROUND))
                    self.add_event(moment, user_id=f"u{user}", event_name=name)
        # used before the link, and so perhaps before sign-up
        for name in self.feature_events[:2]:
            self.add_event(self.at(2), anonymous_id="d0", event_name=name)

    # Experiments

    def add_experiments(self) -> None:
        """One without exposures, one with a single user in the control, and the others."""
        for place, row in enumerate(self.experiments):
            if place == 2:
                self._exposed_but_for_the_control(row["experiment_id"])
            elif place != 1:
                self._exposed_as_it_comes(row["experiment_id"])
        if self.experiments:
            everywhere = self.experiments[0]["experiment_id"]
            # Neither of these exists elsewhere.
            self._expose(everywhere, "never seen", self._variants(everywhere)[0], self.at(30))
            self._expose(everywhere, "u4", "unplanned", self.at(30))
            self._expose("unplanned", "u4", "control", self.at(30))
            # devices of one user, of several and of none
            for device in ("d0", "d3", "d4", "e0", "e1", "d99"):
                for day in (19, 24):
                    variant = self.pick(self._variants(everywhere))
                    self._expose(everywhere, device, variant, self.at(day), is_device=True)

    def _variants(self, experiment_id: str) -> list[str]:
        of_it = [r for r in self.experiment_variants if r["experiment_id"] == experiment_id]
        return [row["variant"] for row in of_it]

    def _exposed_as_it_comes(self, experiment_id: str) -> None:
        variants = self._variants(experiment_id)
        for number in range(USERS - 4):
            variant, moment = self.pick(variants), self.at(self.random.randrange(5, 88))
            self._expose(experiment_id, f"u{number}", variant, moment)
            if self.chance(0.1):
                self._expose(experiment_id, f"u{number}", variant, self.at(60))
            if self.chance(0.05):
                self._expose(experiment_id, f"u{number}", self.pick(variants), moment)

    def _exposed_but_for_the_control(self, experiment_id: str) -> None:
        control, *others = self._variants(experiment_id)
        for number in range(6):
            self._expose(experiment_id, f"u{number}", self.pick(others), self.at(20))
        if self.seed == 1:
            self._expose(experiment_id, "u9", control, self.at(20))

    def _expose(
        self,
        experiment_id: str,
        user_id: str,
        variant: str,
        moment: datetime,
        is_device: bool = False,
    ) -> None:
        self.add(
            "experiment_assignments",
            experiment_id=experiment_id,
            user_id=user_id,
            variant=variant,
            assigned_at=moment,
        )
        for metric in self.experiment_metrics:
            if metric["experiment_id"] != experiment_id or user_id == "never seen":
                continue
            window = timedelta(days=int(metric["window_days"] or 14))
            tick = timedelta(microseconds=1)
            telling = (-tick, 0 * tick, window - tick, window, timedelta(7), timedelta(7) - tick)
            telling += (timedelta(-10), timedelta(-10) - tick, timedelta(-28), timedelta(-5))
            for _ in range(self.pick([0, 1, 1, 2, 4])):
                self.add_event(
                    moment + self.pick(telling),
                    event_name=metric["event_name"],
                    **{"anonymous_id" if is_device else "user_id": user_id},
                    properties=self._amount(metric["property_name"]),
                )

    def _amount(self, name: str | None) -> str | None:
        number = round(self.random.lognormvariate(3, 1), 2)
        odd = [f"{number}", "12", "-3.5", "1e2", "many", 1e300, True, None, [1], {"amount": 1}]
        chosen = number if self.chance(0.7) else self.pick(odd)
        texts = [json.dumps({name or "amount": chosen}), json.dumps({"other": number}), None, "[1]"]
        return texts[0] if self.chance(0.9) else self.pick(texts)
