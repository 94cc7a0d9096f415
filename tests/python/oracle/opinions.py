"""What customers think, ask and are worth: NPS, support load, and RFM scores."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from math import sqrt
from statistics import NormalDist, median

from .activity import active_days, activity_events, quotient, segment_values
from .clock import is_finite, local_date, periods
from .company import UNKNOWN, Company, attribute
from .customers import answers_of, days_by_account, payments_of, tickets_of
from .inputs import Row
from .revenue import ACCOUNT_SEGMENTS, current_plans
from .subscriptions import exchange_of

PERIOD = ("period_grain", "period_start", "segment_name", "segment_value", "is_complete")
NPS_COLUMNS = (
    *PERIOD,
    *("promoters", "passives", "detractors", "responses", "nps", "nps_low", "nps_high"),
    "as_of_date",
)
SUPPORT_COLUMNS = (
    *PERIOD,
    *("opened_tickets", "resolved_tickets", "open_tickets", "accounts", "reopened_tickets"),
    *("median_response_seconds", "median_resolution_seconds", "avg_satisfaction_score"),
    "as_of_date",
)
RFM = (
    *("segment_name", "recency_days", "frequency_days", "monetary_value"),
    *("r_score", "f_score", "m_score", "as_of_date"),
)
USER_RFM_COLUMNS = ("user_id", *RFM)
ACCOUNT_RFM_COLUMNS = ("account_id", *RFM)

Z = NormalDist().inv_cdf(0.975)
SECOND = timedelta(seconds=1)


def nps(company: Company) -> list[Row]:
    """`fct_nps`: one dict per grain, period and segment value of users who ever answered."""
    answers = answers_of(company)
    values = segment_values(company, {answer["user_id"] for answer, _ in answers})

    def measure(start: date, last: date, name: str, value: str) -> Row:
        latest = {
            answer["user_id"]: answer["score"]
            for answer, day in answers
            if start <= day <= last and values[name][answer["user_id"]] == value
        }
        promoters = sum(score >= 9 for score in latest.values())
        detractors = sum(score <= 6 for score in latest.values())
        low, high = _nps_interval(promoters, detractors, len(latest))
        return {
            "promoters": promoters,
            "passives": len(latest) - promoters - detractors,
            "detractors": detractors,
            "responses": len(latest),
            "nps": quotient(promoters - detractors, len(latest)),
            "nps_low": low,
            "nps_high": high,
        }

    places = {(name, value) for name, of in values.items() for value in of.values()}
    grains = ("day", "week", "month", "quarter")
    return _by_period(company, [day for _, day in answers], places, grains, measure)


def support_load(company: Company) -> list[Row]:
    """`fct_support_load`: one dict per grain, period and segment value of accounts."""
    plans = current_plans(company)
    tickets = []
    for ticket, account_id, day in tickets_of(company):
        account = company.accounts.get(account_id or "")
        places = {
            ("all", "all"),
            ("plan", plans.get(account_id or "", "none")),
            *(
                (name, attribute(account, name) if account else UNKNOWN)
                for name in ACCOUNT_SEGMENTS
            ),
        }
        tickets.append((ticket, account_id, day, solved_on(company, ticket, day), places))

    def measure(start: date, last: date, name: str, value: str) -> Row:
        here = [one for one in tickets if (name, value) in one[4]]
        opened = [one for one in here if start <= one[2] <= last]
        ratings = [
            t["satisfaction_score"] for t, *_ in opened if t["satisfaction_score"] is not None
        ]
        return {
            "opened_tickets": len(opened),
            "resolved_tickets": sum(one[3] is not None and start <= one[3] <= last for one in here),
            "open_tickets": sum(
                one[2] <= last and (one[3] is None or one[3] > last) for one in here
            ),
            "accounts": len({account for _, account, *_ in opened if account}),
            "reopened_tickets": sum((t["reopened_count"] or 0) > 0 for t, *_ in opened),
            "median_response_seconds": _median_seconds(company, opened, "first_response_at"),
            "median_resolution_seconds": _median_seconds(company, opened, "resolved_at"),
            "avg_satisfaction_score": quotient(sum(ratings), len(ratings)),
        }

    found = {place for *_, places in tickets for place in places}
    days = [day for _, _, day, _, _ in tickets]
    return _by_period(company, days, found, ("day", "week", "month"), measure)


def user_rfm(company: Company) -> list[Row]:
    """`fct_user_rfm`: one dict per counted user who was active in the window."""
    counted = {user for days in days_by_account(company).values() for user in days}
    uses: dict[str, list[date]] = defaultdict(list)
    for event, owner in activity_events(company):
        uses[owner].append(local_date(event["occurred_at"], company.params))
    values = {}
    for user_id in counted & active_days(company).keys():
        days = [day for day in uses[user_id] if _in_window(company, day)]
        if days:
            values[user_id] = (max(days), len(set(days)), Fraction(len(days)))
    return _scored(company, "user_id", values)


def account_rfm(company: Company) -> list[Row]:
    """`fct_account_rfm`: one dict per account with an active user in the window."""
    exchange = exchange_of(company)
    paid: dict[str, int] = defaultdict(int)
    for payment, account_id, day in payments_of(company):
        kind, currency = payment["kind"], payment["currency"].upper()
        counts = payment["status"] == "succeeded" and kind != "credit_note"
        if counts and _in_window(company, day):
            cents = exchange.convert(payment["amount"], currency, day)
            paid[account_id] += cents if kind == "charge" else -cents
    values = {}
    for account_id, members in days_by_account(company).items():
        days = {day for active in members.values() for day in active if _in_window(company, day)}
        if days:
            money = Fraction(exchange.amount(paid[account_id]))
            values[account_id] = (max(days), len(days), money)
    return _scored(company, "account_id", values)


def _scored(
    company: Company, unit: str, values: dict[str, tuple[date, int, Fraction]]
) -> list[Row]:
    assert company.as_of
    rows = []
    for one, (last, days, money) in values.items():
        scores = {}
        for place, letter in enumerate("rfm"):
            worse = sum(other[place] < values[one][place] for other in values.values())
            rank = Fraction(worse, len(values) - 1) if len(values) > 1 else Fraction(0)
            scores[letter] = min(1 + int(5 * rank), 5)
        segments = [
            segment
            for segment in company.reference["rfm_segments"]
            if all(
                int(segment[f"min_{letter}"]) <= score <= int(segment[f"max_{letter}"])
                for letter, score in scores.items()
            )
        ]
        rows.append(
            {
                unit: one,
                "segment_name": min(segments, key=lambda s: int(s["priority"]))["segment_name"],
                "recency_days": (company.as_of - last).days,
                "frequency_days": days,
                "monetary_value": money,
                **{f"{letter}_score": score for letter, score in scores.items()},
                "as_of_date": company.as_of,
            }
        )
    return rows


def _in_window(company: Company, day: date) -> bool:
    window = company.params.rfm_window_days
    assert company.as_of
    return not window or (company.as_of - day).days < window


def _by_period(
    company: Company,
    days: list[date],
    places: set[tuple[str, str]],
    grains: tuple[str, ...],
    measure: Callable[[date, date, str, str], Row],
) -> list[Row]:
    if not days or not company.as_of:
        return []
    return [
        {
            "period_grain": grain,
            "period_start": start,
            "segment_name": name,
            "segment_value": value,
            "is_complete": last <= company.as_of,
            "as_of_date": company.as_of,
            **measure(start, last, name, value),
        }
        for grain in grains
        for start, last in periods(min(days), company.as_of, grain, company.params)
        for name, value in places
    ]


def _nps_interval(
    promoters: int, detractors: int, answers: int
) -> tuple[float | None, float | None]:
    """The two solutions t of (p - t)² = z² (s - t²) / n, with s the share that is not passive."""
    if not answers:
        return None, None
    p, s = (promoters - detractors) / answers, (promoters + detractors) / answers
    a, b, c = 1 + Z**2 / answers, -2 * p, p**2 - Z**2 * s / answers
    root = sqrt(b**2 - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def solved_on(company: Company, ticket: Row, opened: date) -> date | None:
    """The day on which a ticket was solved, if it is known at as-of."""
    at = ticket["resolved_at"]
    if at is None or not is_finite(at) or not company.as_of:
        return None
    day = local_date(at, company.params)
    return max(day, opened) if day <= company.as_of else None


def _median_seconds(company: Company, tickets: list[tuple], column: str) -> float | None:
    seconds = []
    for ticket, *_ in tickets:
        at = ticket[column]
        is_known = at is not None and is_finite(at)
        if is_known and company.as_of and local_date(at, company.params) <= company.as_of:
            seconds.append(max((at - ticket["opened_at"]) // SECOND, 0))
    return float(median(seconds)) if seconds else None
