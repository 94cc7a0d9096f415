"""Who was active when: daily windows and growth accounting by period."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

from .clock import ONE_DAY, days, local_date, period_start, periods
from .company import UNKNOWN, Company, account_of, attribute
from .inputs import Row, in_turn
from .revenue import current_plans

# Per segment: the value of each user or account.
Segments = dict[str, dict[str, str]]

WAU_WINDOW_DAYS = 7
SEGMENTS = ("all", "country", "acquisition_channel", "platform", "plan", "company_size")
ACCOUNT_ATTRIBUTES = ("country", "industry", "company_size")

DAILY_COLUMNS = (
    *("date", "segment_name", "segment_value", "dau", "wau", "mau"),
    *("stickiness_rate", "dau_mau_rate", "is_full_window", "is_complete"),
)
PERIOD_COLUMNS = (
    *("period_grain", "period_start", "segment_name", "segment_value"),
    *("active_users", "new_users", "retained_users", "resurrected_users", "dormant_users"),
    *("returning_users", "previous_active_users"),
    *("retention_rate", "churn_rate", "quick_ratio", "is_complete"),
)
DISTRIBUTION_COLUMNS = ("as_of_date", "active_days", "users")
EVENT_COLUMNS = ("date", "event_name", "users", "events", "is_complete", "as_of_date")
USER_DAY_COLUMNS = ("user_id", "account_id", "events", "date", "as_of_date")


def user_days(company: Company) -> list[Row]:
    """`fct_user_days`: one dict per user who counts and day with activity, up to the last."""
    events = Counter(
        (owner, local_date(event["occurred_at"], company.params))
        for event, owner in activity_events(company, company.last)
        if is_counted(company, company.users[owner])
    )
    return [
        {
            "user_id": user_id,
            "account_id": account_of(company.users[user_id]),
            "events": number,
            "date": day,
            "as_of_date": company.as_of,
        }
        for (user_id, day), number in events.items()
    ]


def events_daily(company: Company) -> list[Row]:
    """`fct_events_daily`: one dict per date and event name that a counted user ever sent."""
    sent: dict[tuple[date, str], list[str]] = defaultdict(list)
    for event, owner in owned_events(company):
        day = local_date(event["occurred_at"], company.params)
        if is_counted(company, company.users[owner]) and company.last and day <= company.last:
            sent[day, event["event_name"]].append(owner)
    if not sent:
        return []
    first = min(day for day, _ in sent)
    return [
        {
            "date": day,
            "event_name": name,
            "users": len(set(sent[day, name])),
            "events": len(sent[day, name]),
            "is_complete": day <= company.as_of,
            "as_of_date": company.as_of,
        }
        for name in {name for _, name in sent}
        for day in days(first, company.last)
    ]


def active_users_daily(company: Company) -> list[Row]:
    """`fct_active_users_daily`: one dict per date and segment value."""
    found = counted_days(company, company.last)
    return _active_daily(company, found, segment_values(company, found))


def active_accounts_daily(company: Company) -> list[Row]:
    """`fct_active_accounts_daily`: the same for accounts, active when any of their users is."""
    found: dict[str, set[date]] = defaultdict(set)
    for user_id, active in counted_days(company, company.last).items():
        found[account_of(company.users[user_id])] |= active
    plans = current_plans(company)
    segments: Segments = {
        "all": dict.fromkeys(found, "all"),
        "plan": {account_id: plans.get(account_id, "none") for account_id in found},
    }
    for name in ACCOUNT_ATTRIBUTES:
        segments[name] = {
            account_id: attribute(company.accounts[account_id], name) for account_id in found
        }
    return _active_daily(company, found, segments)


def active_days_distribution(company: Company) -> list[Row]:
    """`fct_active_days_distribution`: one dict per number of active days in the MAU window."""
    if not company.as_of:
        return []
    length = company.params.mau_window_days
    window = set(days(company.as_of - (length - 1) * ONE_DAY, company.as_of))
    users = Counter(len(active & window) for active in counted_days(company).values())
    return [
        {"as_of_date": company.as_of, "active_days": number, "users": users[number]}
        for number in range(length + 1)
    ]


def _active_daily(
    company: Company, active_days_of: dict[str, set[date]], segments: Segments
) -> list[Row]:
    calendar = calendar_of(active_days_of, company.last)
    active_on: dict[date, set[str]] = defaultdict(set)
    for one, found in active_days_of.items():
        for day in found:
            active_on[day].add(one)
    dau_on = {
        name: {day: Counter(value_of[one] for one in active_on[day]) for day in calendar}
        for name, value_of in segments.items()
    }
    window_days = company.params.mau_window_days
    rows = []
    for day in calendar:
        window = [d for d in days(day - (window_days - 1) * ONE_DAY, day) if d >= calendar[0]]
        week = [d for d in days(day - (WAU_WINDOW_DAYS - 1) * ONE_DAY, day) if d >= calendar[0]]
        monthly = set[str]().union(*(active_on[d] for d in window))
        weekly = set[str]().union(*(active_on[d] for d in week))
        for name, value_of in segments.items():
            dau = dau_on[name][day]
            wau = Counter(value_of[one] for one in weekly)
            mau = Counter(value_of[one] for one in monthly)
            for value in sorted(set(value_of.values())):
                mean_dau = Fraction(sum(dau_on[name][d][value] for d in window), len(window))
                rows.append(
                    {
                        "date": day,
                        "segment_name": name,
                        "segment_value": value,
                        "dau": dau[value],
                        "wau": wau[value],
                        "mau": mau[value],
                        "stickiness_rate": quotient(mean_dau, mau[value]),
                        "dau_mau_rate": quotient(dau[value], mau[value]),
                        "is_full_window": len(window) == window_days,
                        "is_complete": company.as_of is not None and day <= company.as_of,
                    }
                )
    return rows


def active_users_by_period(company: Company) -> list[Row]:
    """`fct_active_users_by_period`: one dict per grain, period and segment value."""
    segments = segment_values(company)
    calendar = calendar_of(counted_days(company), company.as_of)
    if not calendar:
        return []
    rows = []
    for grain in ("day", "week", "month"):
        active_in: dict[date, set[str]] = defaultdict(set)
        first_period = {}
        for user, active_days in counted_days(company).items():
            starts = {period_start(day, grain, company.params) for day in active_days}
            first_period[user] = min(starts)
            for start in starts:
                active_in[start].add(user)
        previous: set[str] = set()
        for start, last in periods(calendar[0], calendar[-1], grain, company.params):
            active = active_in[start]
            new = {user for user in active if first_period[user] == start}
            groups = {
                "active_users": active,
                "new_users": new,
                "retained_users": active & previous,
                "resurrected_users": active - previous - new,
                "dormant_users": previous - active,
                "returning_users": active - new,
                "previous_active_users": previous,
            }
            for name, value_of in segments.items():
                split = {
                    what: Counter(value_of[user] for user in group)
                    for what, group in groups.items()
                }
                for value in sorted(set(value_of.values())):
                    row: Row = {
                        "period_grain": grain,
                        "period_start": start,
                        "segment_name": name,
                        "segment_value": value,
                        **{what: count[value] for what, count in split.items()},
                    }
                    rows.append(row | _rates(row) | {"is_complete": last <= calendar[-1]})
            previous = active
    return rows


def segment_values(company: Company, user_ids: Iterable[str] | None = None) -> Segments:
    """Per segment: the value of each user who counts and was ever active."""
    plans = current_plans(company)
    platforms = first_platforms(company)
    values: Segments = {name: {} for name in SEGMENTS}
    for user_id in counted_days(company) if user_ids is None else user_ids:
        user = company.users[user_id]
        values["all"][user_id] = "all"
        values["country"][user_id] = attribute(user, "country")
        values["acquisition_channel"][user_id] = attribute(user, "acquisition_channel")
        values["platform"][user_id] = platforms.get(user_id, UNKNOWN)
        values["plan"][user_id] = plans.get(account_of(user), "none")
        values["company_size"][user_id] = attribute(
            company.accounts[account_of(user)], "company_size"
        )
    return values


@cache
def active_days(company: Company, last: date | None = None) -> dict[str, set[date]]:
    """Per user, whether counted or not: the local days with activity, up to as-of or `last`."""
    found: dict[str, set[date]] = defaultdict(set)
    for event, owner in activity_events(company, last):
        found[owner].add(local_date(event["occurred_at"], company.params))
    return dict(found)


def activity_events(company: Company, last: date | None = None) -> Iterator[tuple[Row, str]]:
    """The events up to as-of, or `last`, that make their user active, with the user."""
    last = last or company.as_of
    listed = {
        row["event_name"]: str(row.get("is_activity") or "true").lower() in ("true", "t", "1")
        for row in company.reference.get("tracking_plan", [])
    }
    for event, owner in owned_events(company):
        is_activity = listed.get(event["event_name"], company.params.unknown_events_are_activity)
        day = local_date(event["occurred_at"], company.params)
        if is_activity and last and day <= last:
            yield event, owner


def counted_days(company: Company, last: date | None = None) -> dict[str, set[date]]:
    """The active days of users who count, up to as-of or `last`."""
    return {
        user: found
        for user, found in active_days(company, last).items()
        if is_counted(company, company.users[user])
    }


def place(event: Row) -> tuple[Any, ...]:
    """Sorts events of one moment."""
    return in_turn(event["event_id"], event["sequence"])


def is_counted(company: Company, user: Row) -> bool:
    """Whether a user is in the counts: not staff, and not deleted by the end of as-of."""
    if user.get("is_internal") and not company.params.include_internal_users:
        return False
    return company.params.include_deleted_users or not is_deleted(company, user)


def is_deleted(company: Company, user: Row) -> bool:
    """Whether a user is deleted by the end of as-of."""
    deleted_at = user.get("deleted_at")
    return (
        deleted_at is not None
        and company.as_of is not None
        and local_date(deleted_at, company.params) <= company.as_of
    )


def first_platforms(company: Company) -> dict[str, str]:
    """Per user with one: the platform of the first event that names one, of several the lowest."""
    ordered = sorted(
        (event["occurred_at"], event["platform"], owner)
        for event, owner in owned_events(company)
        if event["platform"]
    )
    platforms: dict[str, str] = {}
    for _, platform, owner in ordered:
        platforms.setdefault(owner, platform)
    return platforms


def quotient(numerator: Fraction | int, denominator: int) -> float | None:
    """A rate, None when the denominator is 0."""
    return float(Fraction(numerator) / denominator) if denominator else None


def _rates(row: Row) -> dict[str, float | None]:
    before = row["retained_users"] + row["dormant_users"]
    gained = row["new_users"] + row["resurrected_users"]
    return {
        "retention_rate": quotient(row["retained_users"], before),
        "churn_rate": quotient(row["dormant_users"], before),
        "quick_ratio": quotient(gained, row["dormant_users"]),
    }


def owned_events(company: Company) -> Iterator[tuple[Row, str]]:
    """The accepted events that have a user, with the user."""
    for event in company.tables["events"]:
        owner = company.owners.get(event["event_id"])
        if owner:
            yield event, owner


def calendar_of(active_days_of: dict[str, set[date]], last: date | None) -> list[date]:
    """Every day from the first to the last on which any of them was active."""
    found = [min(active) for active in active_days_of.values()]
    return days(min(found), last) if found and last else []
