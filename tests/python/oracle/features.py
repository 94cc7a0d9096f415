"""The use of features: by how many of the eligible users, how soon, when, and in combination."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from itertools import combinations
from math import sqrt
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .activity import activity_events, calendar_of, counted_days, is_counted, quotient
from .clock import days, local_date, period_start, periods
from .company import Company, account_of
from .inputs import Row
from .subscriptions import closes_by_payer

USAGE_COLUMNS = ("date", "feature_id", "users", "events", "as_of_date")
ADOPTION_COLUMNS = (
    *("period_grain", "period_start", "feature_id", "is_complete", "adopting_users"),
    *("eligible_users", "adoption_rate", "total_users", "adoption_of_all_rate", "repeat_users"),
    *("events", "events_per_adopter", "user_days", "days_per_adopter", "median_days_to_adopt"),
    "as_of_date",
)
HEATMAP_COLUMNS = ("feature_id", "weekday", "hour", "users", "events", "as_of_date")
CORRELATION_COLUMNS = (
    *("feature_a", "feature_b", "users", "users_a", "users_b", "users_both", "phi"),
    *("eligible_users", "retained_users"),
    *("eligible_users_a", "retained_users_a", "eligible_users_b", "retained_users_b"),
    *("adopters_a_retention_rate", "others_a_retention_rate"),
    *("adopters_b_retention_rate", "others_b_retention_rate", "as_of_date"),
)

# A subscription in one of these states gives access.
ENTITLING = ("trialing", "active", "past_due")


class Use(NamedTuple):
    """A user's activity event of a feature, at the local time of the reporting zone."""

    user_id: str
    moment: datetime

    @property
    def day(self) -> date:
        """The local day."""
        return self.moment.date()


def feature_usage_daily(company: Company) -> list[Row]:
    """`fct_feature_usage_daily`: one dict per date and feature."""
    rows = []
    for feature, uses in uses_of(company).items():
        events = Counter(use.day for use in uses)
        users = Counter(day for _, day in {(use.user_id, use.day) for use in uses})
        rows += [
            {
                "date": day,
                "feature_id": feature,
                "users": users[day],
                "events": events[day],
                "as_of_date": company.as_of,
            }
            for day in calendar_of(counted_days(company), company.as_of)
        ]
    return rows


def feature_heatmap(company: Company) -> list[Row]:
    """`fct_feature_heatmap`: one dict per feature, weekday and hour, 168 for each feature."""
    rows = []
    for feature, uses in uses_of(company).items():
        found: dict[tuple[int, int], list[str]] = defaultdict(list)
        for use in uses:
            found[use.moment.isoweekday(), use.moment.hour].append(use.user_id)
        rows += [
            {
                "feature_id": feature,
                "weekday": weekday,
                "hour": hour,
                "users": len(set(found[weekday, hour])),
                "events": len(found[weekday, hour]),
                "as_of_date": company.as_of,
            }
            for weekday in range(1, 8)
            for hour in range(24)
        ]
    return rows


def feature_adoption(company: Company) -> list[Row]:
    """`fct_feature_adoption`: one dict per grain, period and feature."""
    calendar = calendar_of(counted_days(company), company.as_of)
    if not calendar:
        return []
    arrivals = _arrivals(company)
    entitled = entitled_days(company)
    first_use: dict[tuple[str, str], date] = {}
    for feature, uses in uses_of(company).items():
        for use in sorted(uses, key=lambda use: use.moment):
            first_use.setdefault((feature, use.user_id), use.day)
    rows: list[Row] = []
    for grain in ("day", "week", "month"):
        active_in = _by_period(company, grain)
        used_in: dict[tuple[str, date], list[Use]] = defaultdict(list)
        for feature, uses in uses_of(company).items():
            for use in uses:
                used_in[feature, period_start(use.day, grain, company.params)].append(use)
        for start, last in periods(calendar[0], calendar[-1], grain, company.params):
            elapsed = set(days(start, min(last, calendar[-1])))
            total = sum(day <= max(elapsed) for day, _ in arrivals.values())
            for feature in uses_of(company):
                uses = used_in[feature, start]
                adopters = {use.user_id for use in uses}
                eligible = adopters | {
                    user_id
                    for user_id in active_in[start]
                    if is_for_everybody(company, feature)
                    or entitled[account_of(company.users[user_id]), feature] & elapsed
                }
                new = {user for user in adopters if first_use[feature, user] >= start}
                user_days = len({(use.user_id, use.day) for use in uses})
                waits = [
                    max(0, (first_use[feature, user] - arrivals[user][1]).days) for user in new
                ]
                rows.append(
                    {
                        "period_grain": grain,
                        "period_start": start,
                        "feature_id": feature,
                        "is_complete": last <= calendar[-1],
                        "adopting_users": len(adopters),
                        "eligible_users": len(eligible),
                        "adoption_rate": quotient(len(adopters), len(eligible)),
                        "total_users": total,
                        "adoption_of_all_rate": quotient(len(adopters), total),
                        "repeat_users": len(adopters - new),
                        "events": len(uses),
                        "events_per_adopter": quotient(len(uses), len(adopters)),
                        "user_days": user_days,
                        "days_per_adopter": quotient(user_days, len(adopters)),
                        "median_days_to_adopt": float(median(waits)) if waits else None,
                        "as_of_date": company.as_of,
                    }
                )
    return rows


def feature_correlations(company: Company) -> list[Row]:
    """`fct_feature_correlations`: one dict per pair of features."""
    active = counted_days(company)
    adopters = {
        feature: {use.user_id for use in uses} for feature, uses in uses_of(company).items()
    }
    window = timedelta(days=company.params.mau_window_days)
    eligible, retained = set[str](), set[str]()
    if company.as_of:
        eligible = {
            user for user, found in active.items() if min(found) <= company.as_of - 2 * window
        }
        retained = {user for user in eligible if max(active[user]) > company.as_of - window}
    rows = []
    for pair in combinations(sorted(adopters), 2):
        a, b = (adopters[feature] for feature in pair)
        spread = len(a) * (len(active) - len(a)) * len(b) * (len(active) - len(b))
        shared = len(active) * len(a & b) - len(a) * len(b)
        row: Row = {
            "feature_a": pair[0],
            "feature_b": pair[1],
            "users": len(active),
            "users_both": len(a & b),
            "phi": shared / sqrt(spread) if spread else None,
            "eligible_users": len(eligible),
            "retained_users": len(retained),
            "as_of_date": company.as_of,
        }
        for side, users in (("a", a), ("b", b)):
            stayed = quotient(len(retained & users), len(eligible & users))
            others = quotient(len(retained - users), len(eligible - users))
            row |= {
                f"users_{side}": len(users),
                f"eligible_users_{side}": len(eligible & users),
                f"retained_users_{side}": len(retained & users),
                f"adopters_{side}_retention_rate": stayed,
                f"others_{side}_retention_rate": others,
            }
        rows.append({column: row[column] for column in CORRELATION_COLUMNS})
    return rows


@cache
def uses_of(company: Company) -> dict[str, list[Use]]:
    """Per feature, also if never used: its activity events by users who count."""
    feature_of = {
        row["event_name"]: row.get("feature_id")
        for row in company.reference.get("tracking_plan", [])
    }
    found: dict[str, list[Use]] = {
        row["feature_id"]: [] for row in company.reference.get("features", [])
    }
    zone = ZoneInfo(company.params.reporting_timezone)
    for event, owner in activity_events(company):
        feature = feature_of.get(event["event_name"])
        if feature and is_counted(company, company.users[owner]):
            found[feature].append(Use(owner, event["occurred_at"].astimezone(zone)))
    return found


def _arrivals(company: Company) -> dict[str, tuple[date, date]]:
    """Per user who counts: when they came, and when their time to adopt begins."""
    arrivals = {}
    for user_id, user in company.users.items():
        signed_up = user.get("created_at") and local_date(user["created_at"], company.params)
        first_active = min(counted_days(company).get(user_id, ()), default=None)
        known = [day for day in (signed_up, first_active) if day]
        if known and is_counted(company, user):
            arrivals[user_id] = (min(known), known[0])
    return arrivals


def is_for_everybody(company: Company, feature: str) -> bool:
    """Whether no plan lists the feature, or a free plan does."""
    plans = {row["plan_id"]: row for row in company.reference.get("plans", [])}
    listing = [
        plans.get(row["plan_id"], {})
        for row in company.reference.get("plan_features", [])
        if row["feature_id"] == feature
    ]
    prices = ("list_price_monthly_cents", "list_price_yearly_cents")
    return not listing or any(all(plan.get(p) == "0" for p in prices) for plan in listing)


@cache
def entitled_days(company: Company) -> dict[tuple[str, str], set[date]]:
    """Per account and feature: the days on which a plan in force lists it."""
    listed: dict[str, list[str]] = defaultdict(list)
    for row in company.reference.get("plan_features", []):
        listed[row["plan_id"]].append(row["feature_id"])
    found: dict[tuple[str, str], set[date]] = defaultdict(set)
    for account_id, subscriptions in closes_by_payer(company).items():
        for closes in subscriptions.values():
            for day, close in closes.items():
                if close.status in ENTITLING:
                    for feature in listed[close.plan_id]:
                        found[account_id, feature].add(day)
    return found


def _by_period(company: Company, grain: str) -> dict[date, set[str]]:
    """Per period of the grain: the users active in it."""
    active_in: dict[date, set[str]] = defaultdict(set)
    for user_id, active in counted_days(company).items():
        for day in active:
            active_in[period_start(day, grain, company.params)].add(user_id)
    return active_in
