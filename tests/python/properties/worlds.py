"""Small companies drawn by hypothesis, with a bias to the edge cases of the definitions.

Many of them fit into one build: each has one to three users, and all are in the same ten weeks
around 29 February 2024, with both nights on which clocks in Europe and America change.
"""

import json
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from multiprocessing import get_context
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from oracle import Raw
from oracle.worlds import BAD_MOMENTS, TELLING_TIMES, new_row

from productpulse.raw_schema import raw_tables

FIRST, LAST = date(2024, 1, 28), date(2024, 4, 6)
END = datetime.combine(LAST, time.max, UTC)
EDGE_DAYS = (
    # ends of months, a leap day among them, the days after, and the end of the data
    *(date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 29), date(2024, 3, 1), LAST),
    # Sunday and Monday; and the nights in which clocks change
    *(date(2024, 2, 4), date(2024, 2, 5), date(2024, 3, 10), date(2024, 3, 31)),
    # windows of 14 and 28 days from here end with the last day
    *(LAST - timedelta(days=13), LAST - timedelta(days=27)),
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
# Nothing, ends of sessions, of days, weeks, windows and months, and a tick on either side.
GAPS = [
    gap + tick
    for gap in (0 * DAY, HOUR / 2, 3 * HOUR, DAY, 7 * DAY, 14 * DAY, 28 * DAY, 30 * DAY)
    for tick in (-TICK, 0 * TICK, 0 * TICK, TICK)
    if gap + tick >= 0 * DAY
]
# The events of the funnels, one step after the other, and the exclusions between them.
PATHS = (
    ("onboarding_started", "profile_saved", "source_connected", "first_insight"),
    ("report_viewed", "dashboard_viewed", "dashboard_shared"),
    ("invite_sent", "report_created", "integration_connected", "report_created"),
    ("report_created", "report_viewed", "report_viewed"),
    ("search_run", "report_viewed", "export_run"),
)
OTHERS = ("app_opened", "assistant_asked", "settings_opened", "never_catalogued")
STATUSES = ("trialing", "past_due", "unpaid", "paused", "canceled")
# For each, its treatment and the event that decides it, within 14 days.
EXPERIMENTS = {
    "exp_onboarding_checklist": ("checklist", "checklist_finished"),
    "exp_signup_form": ("short", "profile_finished"),
}
WINDOW_ENDS = [gap + tick for gap in (0 * DAY, 7 * DAY, 14 * DAY) for tick in (-TICK, 0 * TICK)]

telling_times = st.just(time.min) | st.sampled_from(TELLING_TIMES)
days = st.sampled_from(EDGE_DAYS) | st.dates(FIRST, LAST)
moments = st.builds(lambda day, hour: datetime.combine(day, hour, UTC), days, telling_times)
amounts = st.sampled_from([0, 1, 999, 4900, 100003])
currencies = st.sampled_from(["USD", "USD", "EUR", "JPY", "chf"])
maybe = st.none() | st.just(True)


def intervals(most: int) -> st.SearchStrategy[list[datetime]]:
    """Moments one after the other, with ties and pauses as long as windows."""
    gaps = st.lists(st.sampled_from(GAPS), max_size=most - 1)

    def walk(start: datetime, pauses: list[timedelta]) -> list[datetime]:
        found = [start]
        for pause in pauses:
            found.append(found[-1] + pause)
        return [moment for moment in found if moment <= END]

    return st.builds(walk, moments, gaps)


class Telling:
    """A world while it is drawn."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.raw: Raw = {name: [] for name in raw_tables()}

    def add(self, table: str, **values: Any) -> None:
        """One more row; its first column is its key where it is not given."""
        key = raw_tables()[table].file_columns[0].name
        self.raw[table].append(
            new_row(table, **{key: f"{table[:3]}{len(self.raw[table])}"} | values)
        )

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def times(self, most: int, least: int = 0) -> range:
        return range(self.draw(st.integers(least, most)))

    def moment(self) -> datetime:
        return self.draw(moments)

    def people(self) -> None:
        """Which users belong to which accounts, which are known, only mentioned or missing."""
        for _ in self.times(2):
            self.add(
                "accounts",
                company_size=self.one_of("1-10", None),
                country=self.one_of("DE", None),
                created_at=self.moment(),
            )
        for _ in self.times(3, least=1):
            self.add(
                "users",
                account_id=self.one_of("acc0", "acc0", "acc1", "elsewhere", None),
                country=self.one_of("DE", "US", " ", None),
                acquisition_channel=self.one_of("paid", None),
                is_internal=self.one_of(False, False, False, None, True),
                created_at=self.one_of(*[self.moment()] * 5, BAD_MOMENTS[0]),
                deleted_at=self.one_of(*[None] * 5, self.moment()),
            )

    def activity(self) -> None:
        """Events of users, known or not, and of a device that is linked to them."""
        for user in (*[row["user_id"] for row in self.raw["users"]], "device"):
            who = {"user_id": user}
            if user == "device":
                who = {"anonymous_id": "d"}
            elif self.draw(maybe):
                who["anonymous_id"] = self.one_of("d", "e")
            path = self.one_of(*PATHS)
            for place, moment in enumerate(self.draw(intervals(8))):
                step = path[place % len(path)]
                self.add(
                    "events",
                    **who,
                    event_name=self.one_of(step, step, step, *path, *OTHERS),
                    occurred_at=moment,
                    received_at=self.one_of(None, moment, moment + DAY),
                    platform=self.one_of("web", "ios", None),
                    sequence=self.one_of(None, None, 10, 9),
                    session_id=self.one_of(None, None, "s"),
                    properties=self.one_of(None, json.dumps({"amount": 12.5}), "[1]"),
                )
        for _ in self.times(2):
            self.add(
                "user_aliases",
                anonymous_id=self.one_of("d", "d", "use0", "use1"),
                user_id=self.one_of("use0", "use1", "stranger"),
                linked_at=self.moment(),
            )
        for row in self.raw["events"][:1]:
            if self.draw(maybe):
                self.raw["events"].append(row | {"occurred_at": self.moment()})

    def subscriptions(self) -> None:
        """Subscriptions that overlap, change often, end, begin again and are billed."""
        for _ in self.times(3):
            payer = self.one_of({"account_id": "acc0"}, {"account_id": "acc1"}, {"user_id": "use0"})
            name = f"sub{len(self.raw['subscriptions'])}"
            state: dict[str, Any] = {
                "status": self.one_of("active", "active", "active", "trialing", "past_due"),
                "plan_id": self.one_of("free", "starter", "team"),
                "currency": self.draw(currencies),
                "billing_interval": self.one_of("month", "month", "year", "quarter", "week"),
                "quantity": self.one_of(1, 2),
                "unit_amount": self.draw(amounts),
                "discount_percent": self.one_of(None, None, Decimal("33.3333"), Decimal(100)),
                "discount_ends_at": self.one_of(None, self.moment()),
            }
            begun = self.draw(intervals(5))
            self.add(
                "subscriptions",
                subscription_id=name,
                created_at=begun[0] if begun else self.moment(),
                cancel_requested_at=self.one_of(None, None, self.moment()),
                ended_at=self.one_of(None, None, self.moment()),
                **payer,
            )
            for moment in begun:
                self.add("subscription_changes", subscription_id=name, changed_at=moment, **state)
                state |= self.one_of(
                    *({"status": status} for status in ("active", "active", *STATUSES)),
                    *({"quantity": quantity} for quantity in (0, 1, 3, 9)),
                    {"unit_amount": self.draw(amounts)},
                    {"plan_id": "business"},
                )
            for moment in begun[:2]:
                self.invoice(name, moment, state["currency"])

    def invoice(self, subscription: str, moment: datetime, currency: str) -> None:
        """An invoice for about one period, and what was paid for it."""
        due = self.draw(amounts)
        self.add(
            "invoices",
            subscription_id=subscription,
            account_id=self.one_of("acc0", None),
            issued_at=moment,
            due_at=self.one_of(moment, moment + 14 * DAY, None),
            period_start=moment,
            period_end=moment + self.one_of(29, 30, 31, 366) * DAY,
            amount_due=due,
            currency=currency,
            status=self.one_of("open", "open", "paid", "void", "uncollectible"),
        )
        invoice = self.raw["invoices"][-1]["invoice_id"]
        for _ in self.times(2):
            self.add(
                "payments",
                invoice_id=invoice,
                attempted_at=min(moment + self.one_of(*GAPS), END),
                kind=self.one_of("charge", "charge", "refund", "credit_note"),
                status=self.one_of("succeeded", "failed", "pending"),
                amount=self.one_of(due, due // 2),
                currency=currency,
            )

    def opinions(self) -> None:
        """Tickets, several answers on one day, and exposures to one or two variants."""
        for _ in self.times(1):
            opened = self.moment()
            self.add(
                "support_tickets",
                account_id=self.one_of("acc0", None),
                user_id=self.one_of("use0", None),
                opened_at=opened,
                first_response_at=self.one_of(None, opened, opened + HOUR),
                resolved_at=self.one_of(None, opened + DAY),
                reopened_count=self.one_of(0, 1),
                satisfaction_score=self.one_of(None, 1, 5),
            )
        for moment in self.draw(intervals(3)):
            self.add(
                "nps_responses",
                user_id=self.one_of("use0", "use1"),
                responded_at=moment,
                score=self.one_of(0, 6, 7, 8, 9, 10),
            )
        for _ in self.times(3, least=1):
            experiment, moment = self.one_of(*EXPERIMENTS), self.moment()
            treatment, decisive_event = EXPERIMENTS[experiment]
            who = self.one_of("use0", "use1")
            self.add(
                "experiment_assignments",
                experiment_id=experiment,
                user_id=who,
                variant=self.one_of("control", treatment),
                assigned_at=moment,
            )
            for gap in self.draw(st.lists(st.sampled_from(WINDOW_ENDS), max_size=2)):
                self.add(
                    "events",
                    user_id=who,
                    event_name=decisive_event,
                    occurred_at=min(moment + gap, END),
                )


@st.composite
def worlds(draw: st.DrawFn) -> Raw:
    """The raw rows of one small company."""
    telling = Telling(draw)
    telling.people()
    telling.activity()
    telling.subscriptions()
    telling.opinions()
    return telling.raw


def drawn(count: int, number: int) -> list[Raw]:
    """A number of worlds; the same number gives the same worlds.

    They are drawn in a new process: hypothesis uses constants from all imported code, and it must
    not matter which tests run.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_drawn, count, number).result()


def _drawn(count: int, number: int) -> list[Raw]:
    found: list[Raw] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds())
    def collect(world: Raw) -> None:
        found.append(world)

    collect()
    return found
