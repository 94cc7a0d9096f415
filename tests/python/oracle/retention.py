"""Who comes back: cohorts by what they began with, and how long users stay."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from math import exp, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

from .activity import (
    activity_events,
    counted_days,
    first_platforms,
    is_counted,
    owned_events,
    quotient,
    segment_values,
)
from .clock import ONE_DAY, day_start, local_date, next_start, period_start
from .company import Company, account_of
from .inputs import Row
from .revenue import plans_at_close

COHORT = ("cohort_basis", "period_grain", "retention_type", "segment_name", "segment_value")
COHORT_COLUMNS = (
    *COHORT,
    *("cohort_start", "period_number", "last_period_number", "is_complete", "cohort_users"),
    *("eligible_users", "retained_users", "retention_rate", "rate_low", "rate_high", "as_of_date"),
)
SURVIVAL_COLUMNS = (
    *("segment_name", "segment_value", "day_number", "at_risk_users", "churned_users"),
    *("censored_users", "survival_rate", "rate_low", "rate_high", "as_of_date"),
)

COHORT_USER_COLUMNS = (
    *("cohort_basis", "user_id", "account_id", "country", "platform", "acquisition_channel"),
    *("company_size", "plan_id", "cohort_date", "cohort_week", "cohort_month", "started_at"),
    "as_of_date",
)

BASES = ("first_activity", "signup", "first_value_moment")
OWN_INTERVALS = {"day": timedelta(hours=24), "week": timedelta(days=7)}
FAR = date(9000, 1, 1)
Z = NormalDist().inv_cdf(0.975)


class Member(NamedTuple):
    """A user of a cohort, with the moment at which their time begins."""

    user_id: str
    began: datetime


class Cell(NamedTuple):
    """What a user must do to be retained: come in one of the periods, all of which must be over."""

    first: int
    last: int
    must_be_over: int


def retention_cohorts(company: Company) -> list[Row]:
    """`fct_retention_cohorts`: one dict per cohort, retention type and period."""
    rows = []
    for basis in BASES:
        began = starts(company, basis)
        values = _values_then(company, began)
        for grain in ("day", "week", "month"):
            for name, value_of in values.items():
                kinds = _kept_types(company, basis, grain, name)
                if not kinds:
                    continue
                cohorts: dict[tuple[str, date], list[Member]] = defaultdict(list)
                for user_id, moment in began.items():
                    start = period_start(local_date(moment, company.params), grain, company.params)
                    cohorts[value_of[user_id], start].append(Member(user_id, moment))
                for (value, start), members in cohorts.items():
                    for kind, cell in _cells(company, grain, start):
                        if kind not in kinds:
                            continue
                        key = (basis, grain, kind, name, value)
                        rows.append(
                            dict(zip(COHORT, key, strict=True))
                            | _measured(company, grain, kind, start, members, cell)
                        )
    return rows


def cohort_users(company: Company) -> list[Row]:
    """`fct_cohort_users`: one dict per basis and user who has a beginning on that basis."""
    platforms = first_platforms(company)
    rows = []
    for basis in BASES:
        for user_id, moment in starts(company, basis).items():
            day = local_date(moment, company.params)
            user = company.users[user_id]
            account_id = account_of(user)
            rows.append(
                {
                    "cohort_basis": basis,
                    "user_id": user_id,
                    "account_id": account_id,
                    "country": user.get("country"),
                    "platform": platforms.get(user_id),
                    "acquisition_channel": user.get("acquisition_channel"),
                    "company_size": company.accounts[account_id].get("company_size"),
                    "plan_id": plans_at_close(company, day).get(account_id),
                    "cohort_date": day,
                    "cohort_week": period_start(day, "week", company.params),
                    "cohort_month": period_start(day, "month", company.params),
                    "started_at": moment.replace(tzinfo=None),
                    "as_of_date": company.as_of,
                }
            )
    return rows


def starts(company: Company, basis: str) -> dict[str, datetime]:
    """When the time of each user who counts began, by basis."""
    began: dict[str, datetime] = {}
    for user_id, moment in _beginnings(company, basis):
        if is_counted(company, company.users[user_id]):
            began[user_id] = min(moment, began.get(user_id, moment))
    return began


def survival(company: Company) -> list[Row]:
    """`fct_survival`: one dict per segment value and day of life, by Kaplan and Meier."""
    began = starts(company, "first_activity")
    lives: dict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for name, value_of in _values_then(company, began).items():
        for user_id, active in counted_days(company).items():
            silence = (company.as_of - max(active)).days if company.as_of else 0
            life = (max(active) - min(active)).days
            has_left = silence >= company.params.mau_window_days
            lives[name, value_of[user_id]].append((life, has_left))
    rows = []
    for (name, value), ends in lives.items():
        rate, variance = 1.0, 0.0
        for day in range(max(life for life, _ in ends) + 1):
            at_risk = sum(life >= day for life, _ in ends)
            left = sum(life == day and has_left for life, has_left in ends)
            censored = sum(life == day and not has_left for life, has_left in ends)
            rate *= 1 - left / at_risk
            if at_risk > left:
                variance += left / (at_risk * (at_risk - left))
            low, high = _log_log_interval(rate, variance)
            rows.append(
                {
                    "segment_name": name,
                    "segment_value": value,
                    "day_number": day,
                    "at_risk_users": at_risk,
                    "churned_users": left,
                    "censored_users": censored,
                    "survival_rate": rate,
                    "rate_low": low,
                    "rate_high": high,
                    "as_of_date": company.as_of,
                }
            )
    return rows


def _beginnings(company: Company, basis: str) -> Iterator[tuple[str, datetime]]:
    if basis == "first_activity":
        for event, owner in activity_events(company):
            yield owner, event["occurred_at"]
    elif basis == "signup":
        for user_id, user in company.users.items():
            if user.get("created_at") and _is_by_as_of(company, user["created_at"]):
                yield user_id, user["created_at"]
    else:
        valuable = {
            row["event_name"]
            for row in company.reference["tracking_plan"]
            if str(row["is_value_moment"]).lower() == "true"
        }
        for event, owner in owned_events(company):
            if event["event_name"] in valuable and _is_by_as_of(company, event["occurred_at"]):
                yield owner, event["occurred_at"]


def _is_by_as_of(company: Company, moment: datetime) -> bool:
    return company.as_of is not None and local_date(moment, company.params) <= company.as_of


def _values_then(company: Company, began: dict[str, datetime]) -> dict[str, dict[str, str]]:
    """Values of the segments; the plan is the one at the close of the first day."""
    values = segment_values(company, began)
    for user_id, moment in began.items():
        plans = plans_at_close(company, local_date(moment, company.params))
        values["plan"][user_id] = plans.get(account_of(company.users[user_id]), "none")
    return values


def _kept_types(company: Company, basis: str, grain: str, segment: str) -> set[str]:
    """The retention types whose cells are kept by any row of the seed."""
    asked = (("cohort_basis", basis), ("period_grain", grain), ("segment_name", segment))
    return {
        kind
        for kind in ("bounded", "unbounded", "rolling_24h", "bracket")
        for row in company.reference["retention_cuts"]
        if row["retention_type"] in (kind, "*")
        and all(row[column] in (value, "*") for column, value in asked)
    }


def _cells(company: Company, grain: str, start: date) -> Iterator[tuple[str, Cell]]:
    """The cells of a cohort: one per type and period that has begun."""
    params = company.params
    horizon = params.unbounded_horizon_periods
    brackets = {
        int(row["first_period"]): int(row["last_period"])
        for row in company.reference["retention_brackets"]
        if row["period_grain"] == grain
    }
    number = 0
    while company.as_of and start <= company.as_of:
        if grain == "day" and number > params.retention_max_day:
            return
        yield "bounded", Cell(number, number, number)
        if grain in OWN_INTERVALS:
            yield "rolling_24h", Cell(number, number, number)
        if not horizon:
            yield "unbounded", Cell(number, 10_000, number)
        elif number <= horizon:
            yield "unbounded", Cell(number, horizon, horizon)
        if number in brackets:
            yield "bracket", Cell(number, brackets[number], brackets[number])
        start = next_start(start, grain)
        number += 1


def _measured(
    company: Company, grain: str, kind: str, start: date, members: list[Member], cell: Cell
) -> Row:
    end = _start_of(company, company.as_of + ONE_DAY if company.as_of else date.min)
    eligible = 0
    retained = 0
    for member in members:
        if kind == "rolling_24h":
            opens, closes = (
                member.began + number * OWN_INTERVALS[grain]
                for number in (cell.first, cell.first + 1)
            )
            is_over_at = closes
        else:
            opens = _start_of(company, _nth_start(start, grain, cell.first))
            closes = _start_of(company, _nth_start(start, grain, cell.last + 1))
            is_over_at = _start_of(company, _nth_start(start, grain, cell.must_be_over + 1))
        if is_over_at <= end:
            moments = _moments(company).get(member.user_id, [])
            eligible += 1
            retained += bisect_left(moments, opens) < bisect_left(moments, closes)
    low, high = _wilson_interval(retained, eligible) if eligible else (None, None)
    return {
        "cohort_start": start,
        "period_number": cell.first,
        "last_period_number": cell.must_be_over,
        "is_complete": eligible == len(members),
        "cohort_users": len(members),
        "eligible_users": eligible,
        "retained_users": retained if eligible else None,
        "retention_rate": quotient(retained, eligible),
        "rate_low": low,
        "rate_high": high,
        "as_of_date": company.as_of,
    }


@cache
def _moments(company: Company) -> dict[str, list[datetime]]:
    """Per user: the moments of their activity up to as-of, in order."""
    moments: dict[str, list[datetime]] = defaultdict(list)
    for event, owner in activity_events(company):
        moments[owner].append(event["occurred_at"])
    return {owner: sorted(found) for owner, found in moments.items()}


@cache
def _start_of(company: Company, day: date) -> datetime:
    return day_start(day, company.params)


@cache
def _nth_start(start: date, grain: str, number: int) -> date:
    """The first day of the n-th period after the one that starts here; far periods are one."""
    if number > 5000:
        return FAR
    return start if number == 0 else next_start(_nth_start(start, grain, number - 1), grain)


def _wilson_interval(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a rate by Wilson, from centre and half width as in textbooks."""
    rate = hits / trials
    centre = (rate + Z**2 / (2 * trials)) / (1 + Z**2 / trials)
    half = Z / (1 + Z**2 / trials) * sqrt(rate * (1 - rate) / trials + Z**2 / (4 * trials**2))
    return (0.0 if hits == 0 else centre - half, 1.0 if hits == trials else centre + half)


def _log_log_interval(rate: float, variance: float) -> tuple[float | None, float | None]:
    """The 95 % interval of a survival rate, by Greenwood's variance of its logarithm."""
    if rate <= 0:
        return None, None
    if rate == 1:
        return 1.0, 1.0
    spread = exp(Z * sqrt(variance) / -log(rate))
    return rate**spread, rate ** (1 / spread)
