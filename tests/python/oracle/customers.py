"""Customers: what is known about each at the end of every month, who is at risk, and who left."""

import operator
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import sqrt
from statistics import NormalDist

from .activity import counted_days, is_counted, quotient
from .clock import ONE_DAY, add_months, local_date, periods
from .company import Company, account_of, payer
from .features import entitled_days, is_for_everybody, uses_of
from .inputs import Row
from .leakage import seats
from .money import half_up
from .revenue import account_ledgers
from .subscriptions import closes_by_payer, exchange_of, in_order

RISK_COLUMNS = (
    *("account_id", "risk_band", "top_driver", "is_at_risk", "risk_score", "fired_rules"),
    *("band_churn_rate", "mrr_amount", "arr_at_risk_amount", "as_of_date"),
)
TRACE_COLUMNS = (
    *("finding_id", "account_id", "rule_id", "signal", "operator", "owner", "action"),
    *("observed_value", "threshold", "weight", "applied_weight", "record_status"),
    *("precision_rate", "lift", "as_of_date"),
)
PERFORMANCE_COLUMNS = (
    *("subject_kind", "subject_id", "scored_months", "scored_accounts", "churned_accounts"),
    *("warned_accounts", "caught_accounts", "precision_rate", "precision_low", "precision_high"),
    *("recall_rate", "recall_low", "recall_high", "base_rate", "lift", "record_status"),
    *("caught_arr_amount", "caught_arr_per_warning_amount", "as_of_date"),
)

OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Scoring:
    """An account that pays at the close of `last`, the last day about which anything is known."""

    account_id: str
    month: date
    last: date
    mrr: int
    has_churned: bool | None
    signals: dict[str, float | None]
    fired: tuple[Row, ...]
    score: int
    band: Row

    def value(self, signal: str) -> float | None:
        """The value of a signal; the score is one of the signals."""
        return float(self.score) if signal == "risk_score" else self.signals[signal]

    def meets(self, rule: Row) -> bool:
        """Whether a rule about a signal fires."""
        return fires(rule, self.value(rule["signal"]))


@dataclass(frozen=True)
class Record:
    """The quality of warnings: accounts scored, lost, warned about, and lost after a warning."""

    scored: int
    churned: int
    warned: int
    caught: int
    least: int
    lift: float

    @property
    def status(self) -> str:
        """Whether the warnings are better than chance."""
        if not self.scored:
            return "unproven"
        by_chance = Fraction(self.warned * self.churned, self.scored)
        if self.caught < self.least and by_chance < self.least:
            return "unproven"
        low = _interval("precision", self.caught, self.warned)["precision_low"]
        is_better = low is not None and low > self.lift * self.churned / self.scored
        return "proven" if is_better else "no_better"


def fires(rule: Row, value: float | None) -> bool:
    """Whether a known value compares with the threshold as the rule says."""
    return value is not None and OPERATORS[rule["operator"]](value, float(rule["threshold"]))


def churn_risk(company: Company) -> list[Row]:
    """`fct_churn_risk`: one dict per account that pays at as-of."""
    exchange = exchange_of(company)
    records = {
        row["subject_id"]: row for row in track_record(company) if row["subject_kind"] == "band"
    }
    return [
        {
            "account_id": scoring.account_id,
            "risk_band": scoring.band["risk_band"],
            "top_driver": _top_driver(company, scoring),
            "is_at_risk": scoring.band["is_at_risk"] == "true",
            "risk_score": scoring.score,
            "fired_rules": len(scoring.fired),
            "band_churn_rate": records[scoring.band["risk_band"]]["precision_rate"],
            "mrr_amount": exchange.amount(scoring.mrr),
            "arr_at_risk_amount": exchange.amount(
                12 * scoring.mrr if scoring.band["is_at_risk"] == "true" else 0
            ),
            "as_of_date": company.as_of,
        }
        for scoring in scorings(company)
        if scoring.last == company.as_of
    ]


def churn_risk_trace(company: Company) -> list[Row]:
    """`fct_churn_risk_trace`: one dict per account that pays at as-of and rule that fires."""
    records = {
        row["subject_id"]: row for row in track_record(company) if row["subject_kind"] == "rule"
    }
    return [
        {
            "finding_id": f"{rule['rule_id']}/{scoring.account_id}/{scoring.month}",
            "account_id": scoring.account_id,
            **{name: rule[name] for name in ("rule_id", "signal", "operator", "owner", "action")},
            "observed_value": scoring.signals[rule["signal"]],
            "threshold": float(rule["threshold"]),
            "weight": int(rule["weight"]),
            "applied_weight": applied_weight(company, rule, scoring.last),
            "record_status": rule_record(company, rule["rule_id"], scoring.last).status,
            "precision_rate": records[rule["rule_id"]]["precision_rate"],
            "lift": records[rule["rule_id"]]["lift"],
            "as_of_date": company.as_of,
        }
        for scoring in scorings(company)
        if scoring.last == company.as_of
        for rule in scoring.fired
    ]


def track_record(company: Company) -> list[Row]:
    """`fct_churn_rule_performance`: one dict per rule, band, and lowest score of a band."""
    known = [scoring for scoring in scorings(company) if scoring.has_churned is not None]
    exchange = exchange_of(company)
    churned = sum(bool(scoring.has_churned) for scoring in known)
    base_rate = quotient(churned, len(known))
    warnings = {
        **{
            ("rule", rule["rule_id"]): [s for s in known if rule in s.fired]
            for rule in company.reference["churn_rules"]
        },
        **{
            ("recommendation", rule["rule_id"]): [s for s in known if s.meets(rule)]
            for rule in company.reference["recommendation_rules"]
        },
        **{
            ("band", band["risk_band"]): [s for s in known if s.band == band]
            for band in _bands(company)
        },
        **{
            ("score", band["risk_band"]): [s for s in known if s.score >= int(band["from_score"])]
            for band in _bands(company)
        },
    }
    rows = []
    for (subject_kind, subject_id), warned in warnings.items():
        caught = [scoring for scoring in warned if scoring.has_churned]
        saved = 12 * sum(scoring.mrr for scoring in caught)
        precision = quotient(len(caught), len(warned))
        rows.append(
            {
                "subject_kind": subject_kind,
                "subject_id": subject_id,
                "scored_months": len({scoring.month for scoring in known}),
                "scored_accounts": len(known),
                "churned_accounts": churned,
                "warned_accounts": len(warned),
                "caught_accounts": len(caught),
                "precision_rate": precision,
                **_interval("precision", len(caught), len(warned)),
                "recall_rate": quotient(len(caught), churned),
                **_interval("recall", len(caught), churned),
                "base_rate": base_rate,
                "lift": precision / base_rate if base_rate and precision is not None else None,
                "record_status": Record(
                    len(known),
                    churned,
                    len(warned),
                    len(caught),
                    company.params.rule_min_churns,
                    company.params.rule_min_lift,
                ).status,
                "caught_arr_amount": exchange.amount(saved),
                "caught_arr_per_warning_amount": exchange.amount(
                    half_up(Fraction(saved, len(warned)))
                )
                if warned
                else None,
                "as_of_date": company.as_of,
            }
        )
    return rows


@dataclass(frozen=True)
class Observed:
    """What is observed of an account that pays at the close of `last`."""

    account_id: str
    month: date
    last: date
    mrr: int
    known_on: date
    has_churned: bool
    signals: dict[str, float | None]
    fired: tuple[Row, ...]


@cache
def observed(company: Company) -> list[Observed]:
    """Every account at the end of every month in which it paid, and at as-of.

    Churn is what is known at the close of `known_on`, which may be after as-of.
    """
    ledgers = account_ledgers(company)
    moved = [movement.day for ledger in ledgers.values() for movement in ledger.movements]
    if not moved or not company.as_of:
        return []
    found = []
    for month, month_end in periods(min(moved), company.as_of, "month", company.params):
        last = min(month_end, company.as_of)
        until = add_months(last + ONE_DAY, company.params.churn_horizon_months)
        for account_id, ledger in ledgers.items():
            if ledger.at_close(last) > 0:
                signals = {name: of(company, account_id, last) for name, of in SIGNALS.items()}
                fired = (
                    r for r in company.reference["churn_rules"] if fires(r, signals[r["signal"]])
                )
                found.append(
                    Observed(
                        account_id,
                        month,
                        last,
                        ledger.at_close(last),
                        until - ONE_DAY,
                        any(m.kind == "churn" and last < m.day < until for m in ledger.movements),
                        signals,
                        tuple(fired),
                    )
                )
    return found


@cache
def rule_record(company: Company, rule_id: str, last: date) -> Record:
    """The track record of a churn rule, from what was known at the close of a day."""
    known = [one for one in observed(company) if one.known_on <= last]
    warned = [one for one in known if any(rule["rule_id"] == rule_id for rule in one.fired)]
    return Record(
        len(known),
        sum(one.has_churned for one in known),
        len(warned),
        sum(one.has_churned for one in warned),
        company.params.rule_min_churns,
        company.params.rule_min_lift,
    )


def applied_weight(company: Company, rule: Row, last: date) -> int:
    """Points that a rule adds to a score at the close of a day."""
    is_classified = company.params.churn_rule_weights == "proven"
    is_worthless = rule_record(company, rule["rule_id"], last).status == "no_better"
    return 0 if is_classified and is_worthless else int(rule["weight"])


@cache
def scorings(company: Company) -> list[Scoring]:
    """The observations with their score; nothing depends on what came later."""
    found = []
    for one in observed(company):
        score = sum(applied_weight(company, rule, one.last) for rule in one.fired)
        reached = [band for band in _bands(company) if int(band["from_score"]) <= score]
        found.append(
            Scoring(
                one.account_id,
                one.month,
                one.last,
                one.mrr,
                one.has_churned if company.as_of and one.known_on <= company.as_of else None,
                one.signals,
                one.fired,
                score,
                max(reached, key=lambda band: int(band["from_score"])),
            )
        )
    return found


def _bands(company: Company) -> list[Row]:
    return company.reference["churn_bands"]


def _top_driver(company: Company, scoring: Scoring) -> str | None:
    weights = [(-applied_weight(company, r, scoring.last), r["rule_id"]) for r in scoring.fired]
    adding = sorted(one for one in weights if one[0])
    return adding[0][1] if adding else None


def _interval(name: str, hits: int, trials: int) -> dict[str, float | None]:
    """Wilson's interval as the solution of the quadratic equation."""
    if not trials:
        return {f"{name}_low": None, f"{name}_high": None}
    share = hits / trials
    middle = (share + Z**2 / (2 * trials)) / (1 + Z**2 / trials)
    half = Z / (1 + Z**2 / trials) * sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2))
    return {
        f"{name}_low": 0.0 if hits == 0 else middle - half,
        f"{name}_high": 1.0 if hits == trials else middle + half,
    }


# What is measured of an account by the end of a day


def _usage_drop_rate(company: Company, account_id: str, last: date) -> float | None:
    length = timedelta(days=company.params.mau_window_days)
    user_days = [day for active in _members_days(company, account_id).values() for day in active]
    now = sum(last - length < day <= last for day in user_days)
    before = sum(last - 2 * length < day <= last - length for day in user_days)
    return quotient(before - now, before)


def _days_silent(company: Company, account_id: str, last: date) -> float | None:
    active = set().union(*_members_days(company, account_id).values())
    until = [day for day in active if day <= last]
    return float((last - max(until)).days) if until else None


def _unused_features(company: Company, account_id: str, last: date) -> float | None:
    window_start = last - timedelta(days=company.params.mau_window_days - 1)
    entitled = [
        feature
        for feature in _reserved_features(company)
        if last in entitled_days(company).get((account_id, feature), ())
    ]
    used = [
        feature
        for feature in entitled
        if any(
            window_start <= day <= last for day in _use_days(company).get((account_id, feature), ())
        )
    ]
    return float(len(entitled) - len(used)) if entitled else None


@cache
def _reserved_features(company: Company) -> list[str]:
    return [feature for feature in uses_of(company) if not is_for_everybody(company, feature)]


@cache
def _use_days(company: Company) -> dict[tuple[str, str], set[date]]:
    found: dict[tuple[str, str], set[date]] = defaultdict(set)
    for feature, uses in uses_of(company).items():
        for use in uses:
            found[account_of(company.users[use.user_id]), feature].add(use.day)
    return found


def _seats_unused_rate(company: Company, account_id: str, last: date) -> float | None:
    window_start = last - timedelta(days=company.params.mau_window_days - 1)
    active = sum(
        any(window_start <= day <= last for day in days)
        for days in _members_days(company, account_id).values()
    )
    have = sum(
        seats(company, _state(company, one, last)) for one in _paying(company, account_id, last)
    )
    return quotient(have - active, have)


def _cancel_requests(company: Company, account_id: str, last: date) -> float:
    asked = [
        company.subscriptions[one].get("cancel_requested_at")
        for one in _paying(company, account_id, last)
    ]
    return float(sum(at is not None and local_date(at, company.params) <= last for at in asked))


def _days_past_due(company: Company, account_id: str, last: date) -> float:
    longest = 0
    closes = closes_by_payer(company)[account_id]
    for one in _paying(company, account_id, last):
        day = last
        while day in closes[one] and closes[one][day].status == "past_due":
            day -= ONE_DAY
        longest = max(longest, (last - day).days)
    return float(longest)


def _failed_payments(company: Company, account_id: str, last: date) -> float:
    window_start = last - timedelta(days=company.params.mau_window_days - 1)
    return float(
        sum(
            who == account_id
            and window_start <= day <= last
            and (payment["kind"], payment["status"]) == ("charge", "failed")
            for payment, who, day in payments_of(company)
        )
    )


def _downgrades(company: Company, account_id: str, last: date) -> float:
    since = last - timedelta(days=company.params.signal_memory_days - 1)
    movements = account_ledgers(company)[account_id].movements
    return float(sum(m.kind == "contraction" and since <= m.day <= last for m in movements))


def _tickets(company: Company, account_id: str, last: date) -> float:
    window_start = last - timedelta(days=company.params.mau_window_days - 1)
    return float(
        sum(
            who == account_id and window_start <= day <= last for _, who, day in tickets_of(company)
        )
    )


def _nps_score(company: Company, account_id: str, last: date) -> float | None:
    since = last - timedelta(days=company.params.signal_memory_days - 1)
    latest: dict[str, int] = {}
    for answer, day in answers_of(company):
        if since <= day <= last and _account_of_user(company, answer["user_id"]) == account_id:
            latest[answer["user_id"]] = answer["score"]
    return quotient(sum(latest.values()), len(latest))


SIGNALS = {
    "usage_drop_rate": _usage_drop_rate,
    "days_silent": _days_silent,
    "unused_features": _unused_features,
    "seats_unused_rate": _seats_unused_rate,
    "cancel_requests": _cancel_requests,
    "days_past_due": _days_past_due,
    "failed_payments": _failed_payments,
    "downgrades": _downgrades,
    "tickets": _tickets,
    "nps_score": _nps_score,
}


# What belongs to an account


def _account_of_user(company: Company, user_id: str | None) -> str | None:
    return account_of(company.users[user_id]) if user_id in company.users else None


@cache
def days_by_account(company: Company) -> dict[str, dict[str, set[date]]]:
    """Per account and counted user: the user's active days."""
    found: dict[str, dict[str, set[date]]] = defaultdict(dict)
    for user_id, active in counted_days(company).items():
        found[account_of(company.users[user_id])][user_id] = active
    return dict(found)


def _members_days(company: Company, account_id: str) -> dict[str, set[date]]:
    return days_by_account(company).get(account_id, {"": set()})


def _paying(company: Company, account_id: str, last: date) -> list[str]:
    closes = closes_by_payer(company)[account_id]
    return [one for one, by_day in closes.items() if last in by_day and by_day[last].native]


@cache
def _history(company: Company) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for change in company.tables["subscription_changes"]:
        found[change["subscription_id"]].append(change)
    for changes in found.values():
        changes.sort(key=in_order)
    return found


def _state(company: Company, subscription_id: str, last: date) -> Row:
    return [
        change
        for change in _history(company)[subscription_id]
        if local_date(change["changed_at"], company.params) <= last
    ][-1]


@cache
def payments_of(company: Company) -> list[tuple[Row, str, date]]:
    """Payments up to as-of that name an account, or whose invoice does: with account and day."""
    invoices = {invoice["invoice_id"]: invoice for invoice in company.tables["invoices"]}
    found = []
    for payment in company.tables["payments"]:
        invoice = invoices.get(payment["invoice_id"])
        day = local_date(payment["attempted_at"], company.params)
        if company.as_of and day <= company.as_of:
            subscription = (
                company.subscriptions.get(invoice["subscription_id"]) if invoice else None
            )
            account_id = (
                payer(company, subscription) if subscription else (invoice or {}).get("account_id")
            )
            account_id = account_id or payment.get("account_id")
            if not account_id and payment.get("user_id"):
                row = company.users.get(payment["user_id"], {})
                account_id = row.get("account_id") or payment["user_id"]
            if account_id:
                found.append((payment, account_id, day))
    return found


@cache
def tickets_of(company: Company) -> list[tuple[Row, str | None, date]]:
    """Tickets opened up to as-of: with the account, if it is known, and the day."""
    found = []
    for ticket in company.tables["support_tickets"]:
        day = local_date(ticket["opened_at"], company.params)
        if company.as_of and day <= company.as_of:
            account_id = ticket["account_id"] or _account_of_user(company, ticket["user_id"])
            found.append((ticket, account_id, day))
    return found


@cache
def answers_of(company: Company) -> list[tuple[Row, date]]:
    """NPS answers of users who count, up to as-of, in order: with the day."""
    found = []
    for answer in company.tables["nps_responses"]:
        user = company.users.get(answer["user_id"])
        day = local_date(answer["responded_at"], company.params)
        is_known = company.as_of and day <= company.as_of and answer["score"] is not None
        if user and is_known and is_counted(company, user):
            found.append((answer, day))
    return sorted(found, key=lambda one: (one[0]["responded_at"], one[0]["response_id"]))
