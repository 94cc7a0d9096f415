"""Who was active when: daily windows and growth accounting by period."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache

from .clock import ONE_DAY, days, local_date, period_start, periods
from .company import UNKNOWN, Company, account_of, attribute
from .inputs import Row
from .revenue import current_plans

WAU_WINDOW_DAYS = 7
SEGMENTS = ("all", "country", "acquisition_channel", "platform", "plan", "company_size")

DAILY_COLUMNS = (
    *("date", "segment_name", "segment_value", "dau", "wau", "mau"),
    *("stickiness_rate", "dau_mau_rate", "is_full_window", "is_complete"),
)
PERIOD_COLUMNS = (
    *("period_grain", "period_start", "segment_name", "segment_value"),
    *("active_users", "new_users", "retained_users", "resurrected_users", "dormant_users"),
    *("retention_rate", "churn_rate", "quick_ratio", "is_complete"),
)


def active_users_daily(company: Company) -> list[Row]:
    """`fct_active_users_daily`: one dict per date and segment value."""
    segments = segment_values(company)
    calendar = _calendar(company)
    active_on = _users_by_day(company)
    dau_on = {
        name: {day: Counter(value_of[user] for user in active_on[day]) for day in calendar}
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
            wau = Counter(value_of[user] for user in weekly)
            mau = Counter(value_of[user] for user in monthly)
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
                        "is_complete": True,
                    }
                )
    return rows


def active_users_by_period(company: Company) -> list[Row]:
    """`fct_active_users_by_period`: one dict per grain, period and segment value."""
    segments = segment_values(company)
    calendar = _calendar(company)
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


def segment_values(company: Company) -> dict[str, dict[str, str]]:
    """Per segment: the value of every user who counts and was ever active."""
    plans = current_plans(company)
    platforms = first_platforms(company)
    values: dict[str, dict[str, str]] = {name: {} for name in SEGMENTS}
    for user_id in counted_days(company):
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
def active_days(company: Company) -> dict[str, set[date]]:
    """Per user, whether counted or not: the local days with activity, up to as-of."""
    listed = {
        row["event_name"]: str(row.get("is_activity") or "true").lower() in ("true", "t", "1")
        for row in company.reference.get("tracking_plan", [])
    }
    found: dict[str, set[date]] = defaultdict(set)
    for event, owner in _owned_events(company):
        is_activity = listed.get(event["event_name"], company.params.unknown_events_are_activity)
        day = local_date(event["occurred_at"], company.params)
        if is_activity and company.as_of and day <= company.as_of:
            found[owner].add(day)
    return dict(found)


def counted_days(company: Company) -> dict[str, set[date]]:
    """The active days of those users who count."""
    return {
        user: found
        for user, found in active_days(company).items()
        if is_counted(company, company.users[user])
    }


def is_counted(company: Company, user: Row) -> bool:
    """Whether a user is in the counts: not staff, and not deleted by the end of as-of."""
    if user.get("is_internal") and not company.params.include_internal_users:
        return False
    deleted_at = user.get("deleted_at")
    is_deleted = (
        deleted_at is not None
        and company.as_of is not None
        and local_date(deleted_at, company.params) <= company.as_of
    )
    return company.params.include_deleted_users or not is_deleted


def first_platforms(company: Company) -> dict[str, str]:
    """Per user with one: the platform of the first event that names one."""
    ordered = sorted(
        _owned_events(company), key=lambda pair: (pair[0]["occurred_at"], pair[0]["event_id"])
    )
    platforms: dict[str, str] = {}
    for event, owner in ordered:
        if event["platform"]:
            platforms.setdefault(owner, event["platform"])
    return platforms


def quotient(numerator: Fraction | int, denominator: int) -> float | None:
    """A rate, None when it is a quotient of nothing."""
    return float(Fraction(numerator) / denominator) if denominator else None


def _rates(row: Row) -> dict[str, float | None]:
    before = row["retained_users"] + row["dormant_users"]
    gained = row["new_users"] + row["resurrected_users"]
    return {
        "retention_rate": quotient(row["retained_users"], before),
        "churn_rate": quotient(row["dormant_users"], before),
        "quick_ratio": quotient(gained, row["dormant_users"]),
    }


def _owned_events(company: Company) -> Iterator[tuple[Row, str]]:
    for event in company.tables["events"]:
        owner = company.owners.get(event["event_id"])
        if owner:
            yield event, owner


def _calendar(company: Company) -> list[date]:
    found = [min(active) for active in counted_days(company).values()]
    return days(min(found), company.as_of) if found and company.as_of else []


def _users_by_day(company: Company) -> dict[date, set[str]]:
    by_day: dict[date, set[str]] = defaultdict(set)
    for user, found in counted_days(company).items():
        for day in found:
            by_day[day].add(user)
    return by_day
