"""What to do: recommendations and their outcomes, scenarios, and everything about a customer."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

from .activity import activity_events, is_counted, quotient
from .clock import ONE_DAY, add_months, periods
from .company import Company, account_of
from .customers import (
    Record,
    Scoring,
    answers_of,
    applied_weight,
    churn_risk,
    days_by_account,
    payments_of,
    scorings,
    tickets_of,
)
from .dimensions import accounts
from .inputs import Row
from .leakage import revenue_leakage
from .money import half_up
from .opinions import account_rfm, solved_on
from .revenue import account_ledgers, current_mrr
from .subscriptions import exchange_of

SIGNAL_COLUMNS = (
    *("finding_id", "account_id", "month", "signal", "is_current", "has_churned", "signal_value"),
    *("mrr_cents", "scoring_date", "horizon_end_date", "as_of_date"),
)
RECOMMENDATION_COLUMNS = (
    *("recommendation_id", "account_id", "cause", "rule_id", "action", "owner", "signal"),
    *("operator", "evidence", "record_status", "finding_count", "priority_rank", "impact_amount"),
    *("leaking_amount", "confidence", "observed_value", "threshold", "since_month", "as_of_date"),
)
OUTCOME_COLUMNS = (
    *("recommendation_id", "account_id", "cause", "rule_id", "owner", "outcome", "month_count"),
    *("first_arr_amount", "last_arr_amount", "first_month", "last_month", "as_of_date"),
)
SCENARIO_COLUMNS = (
    *("scenario_id", "name", "assumption", "change_percent", "base_monthly_amount"),
    *("monthly_impact_amount", "annual_impact_amount", "as_of_date"),
)
SCENARIO_TOTAL_COLUMNS = (
    *("scenario_id", "name", "assumption_count", "monthly_impact_amount", "annual_impact_amount"),
    "as_of_date",
)
CUSTOMER_COLUMNS = (
    *("account_id", "rfm_segment_name", "risk_band", "top_driver", "mrr_amount", "arr_amount"),
    *("paid_amount", "arr_at_risk_amount", "leaking_amount", "user_count", "ever_active_users"),
    *(
        "active_users",
        "activity_events",
        "failed_payments",
        "tickets",
        "open_tickets",
        "nps_responses",
    ),
    *("nps_promoters", "nps_detractors", "recommendations", "risk_score", "r_score"),
    *(
        "f_score",
        "m_score",
        "first_active_date",
        "last_active_date",
        "first_paid_date",
        "last_churn_date",
    ),
    *("last_ticket_date", "as_of_date"),
)

# Revenue of a year in which every month adds as much MRR as the first one.
MONTHS_OF_A_FLOW = sum(range(1, 13))


def account_signals(company: Company) -> list[Row]:
    """`fct_account_signals`: one dict per paying account, month and signal."""
    return [
        {
            "finding_id": f"{signal}/{scoring.account_id}/{scoring.month}",
            "account_id": scoring.account_id,
            "month": scoring.month,
            "signal": signal,
            "is_current": scoring.last == company.as_of,
            "has_churned": scoring.has_churned,
            "signal_value": value,
            "mrr_cents": scoring.mrr,
            "scoring_date": scoring.last + ONE_DAY,
            "horizon_end_date": add_months(
                scoring.last + ONE_DAY, company.params.churn_horizon_months
            ),
            "as_of_date": company.as_of,
        }
        for scoring in scorings(company)
        for signal, value in (scoring.signals | {"risk_score": float(scoring.score)}).items()
    ]


@cache
def recommendations(company: Company) -> list[Row]:
    """`fct_recommendations`: one dict per account and cause that needs an action."""
    exchange = exchange_of(company)
    rows: dict[tuple[str, str], Row] = {}
    for cause, episode in _episodes(company):
        last = episode[-1]
        if last.scoring.last != company.as_of:
            continue
        account_id, rule = last.scoring.account_id, last.rule
        rows[account_id, cause] = {
            "recommendation_id": _key(cause, episode),
            **{name: rule[name] for name in ("rule_id", "action", "owner", "signal", "operator")},
            "record_status": last.status,
            "impact_amount": exchange.amount(12 * last.scoring.mrr),
            "confidence": last.confidence,
            "observed_value": last.scoring.value(rule["signal"]),
            "threshold": float(rule["threshold"]),
            "since_month": episode[0].scoring.month,
            "evidence": {
                f"{name}/{account_id}/{last.scoring.month}"
                for rule in last.rules
                for name in _evidence(company, last.scoring, rule)
            },
        }
    for (account_id, cause), findings in _lost(company).items():
        rules = {row["rule_id"]: row for row in company.reference["leakage_rules"]}
        first = min(
            (rules[finding["rule_id"]] for finding in findings), key=lambda r: int(r["priority"])
        )
        amounts = [f["reporting_amount"] for f in findings if f["reporting_amount"] is not None]
        names = {finding["finding_id"] for finding in findings}
        alone = {
            "recommendation_id": f"{account_id}/{min(names)}",
            **{name: first[name] for name in ("rule_id", "action", "owner")},
            "signal": "findings",
            "operator": ">=",
            "record_status": "owed",
            "impact_amount": None,
            "confidence": None,
            "observed_value": float(len(findings)),
            "threshold": 1.0,
            "since_month": min(f["detected_for_date"] for f in findings).replace(day=1),
            "evidence": set(),
        }
        row = rows.setdefault((account_id, cause), alone)
        row["evidence"] |= names
        row["leaking_amount"] = sum(amounts) if amounts else None
    listed = [
        {
            "account_id": account_id,
            "cause": cause,
            "leaking_amount": None,
            **row,
            "evidence": ", ".join(sorted(row["evidence"])),
            "finding_count": len(row["evidence"]),
            "as_of_date": company.as_of,
        }
        for (account_id, cause), row in rows.items()
    ]
    listed.sort(key=_urgency)
    return [row | {"priority_rank": place} for place, row in enumerate(listed, start=1)]


def _urgency(row: Row) -> tuple[float, int, str]:
    cents, leaking = (int((row[name] or 0) * 100) for name in ("impact_amount", "leaking_amount"))
    return -(cents * (row["confidence"] or 0.0) + leaking), -cents, row["recommendation_id"]


def _evidence(company: Company, scoring: Scoring, rule: Row) -> list[str]:
    """What a rule of the cause is based on: a score is based on the churn rules that add to it."""
    if rule["signal"] != "risk_score":
        return [rule["signal"]]
    return [r["rule_id"] for r in scoring.fired if applied_weight(company, r, scoring.last)]


def _lost(company: Company) -> dict[tuple[str, str], list[Row]]:
    """Per account and cause: the findings of money lost."""
    causes = {row["rule_id"]: _cause(row) for row in company.reference["leakage_rules"]}
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for finding in revenue_leakage(company):
        if finding["account_id"] and finding["is_lost"]:
            found[finding["account_id"], causes[finding["rule_id"]]].append(finding)
    return found


def _cause(rule: Row) -> str:
    return rule.get("cause") or rule["rule_id"]


def recommendation_outcomes(company: Company) -> list[Row]:
    """`fct_recommendation_outcomes`: one dict per recommendation ever given by a rule."""
    exchange = exchange_of(company)
    scored = {(s.account_id, s.month): s for s in scorings(company)}
    rows = []
    for cause, episode in _episodes(company):
        first, last = episode[0].scoring, episode[-1].scoring
        later = scored.get((last.account_id, add_months(last.month, 1)))
        rules = [r for r in company.reference["recommendation_rules"] if _cause(r) == cause]
        if last.last == company.as_of:
            outcome, mrr = "open", last.mrr
        elif later is None:
            outcome, mrr = "churned", 0
        else:
            is_there = any(later.meets(rule) for rule in rules)
            outcome, mrr = "withdrawn" if is_there else "recovered", later.mrr
        rows.append(
            {
                "recommendation_id": _key(cause, episode),
                "account_id": first.account_id,
                "cause": cause,
                "rule_id": episode[-1].rule["rule_id"],
                "owner": episode[-1].rule["owner"],
                "outcome": outcome,
                "month_count": len(episode),
                "first_arr_amount": exchange.amount(12 * first.mrr),
                "last_arr_amount": exchange.amount(12 * mrr),
                "first_month": first.month,
                "last_month": last.month,
                "as_of_date": company.as_of,
            }
        )
    return rows


def scenarios(company: Company) -> list[Row]:
    """`fct_scenarios`: one dict per scenario and assumption."""
    exchange = exchange_of(company)
    rows = []
    for given in company.reference["scenarios"]:
        base, months_in_year = _base(company, given["assumption"])
        change = Fraction(given["change_percent"]) / 100
        if given["assumption"] == "churn":
            change = -change
        effects = [
            None if base is None else exchange.amount(_away_from_zero(base * change * months))
            for months in (1, months_in_year)
        ]
        rows.append(
            {
                "scenario_id": given["scenario_id"],
                "name": given["name"],
                "assumption": given["assumption"],
                "change_percent": float(given["change_percent"]),
                "base_monthly_amount": None if base is None else exchange.amount(half_up(base)),
                "monthly_impact_amount": effects[0],
                "annual_impact_amount": effects[1],
                "as_of_date": company.as_of,
            }
        )
    return rows


def scenario_totals(company: Company) -> list[Row]:
    """`fct_scenario_totals`: one dict per scenario."""
    by_scenario: dict[str, list[Row]] = defaultdict(list)
    for row in scenarios(company):
        by_scenario[row["scenario_id"]].append(row)
    return [
        {
            "scenario_id": scenario_id,
            "name": rows[0]["name"],
            "assumption_count": len(rows),
            **{
                column: _sum_of_known(row[column] for row in rows)
                for column in ("monthly_impact_amount", "annual_impact_amount")
            },
            "as_of_date": company.as_of,
        }
        for scenario_id, rows in by_scenario.items()
    ]


def _sum_of_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def customer_360(company: Company) -> list[Row]:
    """`fct_customer_360`: one dict per account."""
    assert company.as_of
    exchange = exchange_of(company)
    members = {row["account_id"]: row["user_count"] for row in accounts(company)}
    rfm = {row["account_id"]: row for row in account_rfm(company)}
    risks = {row["account_id"]: row for row in churn_risk(company)}
    advice = Counter(row["account_id"] for row in recommendations(company))
    leaking: dict[str, Decimal] = defaultdict(Decimal)
    for finding in revenue_leakage(company):
        leaking[finding["account_id"]] += finding["reporting_amount"] or 0
    events: Counter[str] = Counter()
    for _, owner in activity_events(company):
        if is_counted(company, company.users[owner]):
            events[account_of(company.users[owner])] += 1
    window_start = company.as_of - timedelta(days=company.params.mau_window_days - 1)
    rows = []
    for account_id in company.accounts:
        days_of = days_by_account(company).get(account_id, {})
        active = set[date]().union(*days_of.values())
        tickets = [(t, day) for t, who, day in tickets_of(company) if who == account_id]
        scores = {
            answer["user_id"]: answer["score"]
            for answer, _ in answers_of(company)
            if account_of(company.users[answer["user_id"]]) == account_id
        }
        payments = [(p, day) for p, who, day in payments_of(company) if who == account_id]
        ledger = account_ledgers(company).get(account_id)
        closing = ledger.closing if ledger else {}
        movements = ledger.movements if ledger else []
        mrr = current_mrr(company, account_id)
        risk = risks.get(account_id, {})
        rows.append(
            {
                "account_id": account_id,
                "rfm_segment_name": rfm.get(account_id, {}).get("segment_name"),
                **{name: rfm.get(account_id, {}).get(name) for name in _RFM_SCORES},
                **{name: risk.get(name) for name in ("risk_band", "top_driver", "risk_score")},
                "mrr_amount": exchange.amount(mrr),
                "arr_amount": exchange.amount(12 * mrr),
                "paid_amount": exchange.amount(sum(_paid(company, p, day) for p, day in payments)),
                "arr_at_risk_amount": risk.get("arr_at_risk_amount", Decimal(0)),
                "leaking_amount": leaking[account_id],
                "user_count": members[account_id],
                "ever_active_users": len(days_of),
                "active_users": sum(max(days) >= window_start for days in days_of.values()),
                "activity_events": events[account_id],
                "failed_payments": sum(
                    (p["kind"], p["status"]) == ("charge", "failed") for p, _ in payments
                ),
                "tickets": len(tickets),
                "open_tickets": sum(solved_on(company, t, day) is None for t, day in tickets),
                "nps_responses": len(scores),
                "nps_promoters": sum(score >= 9 for score in scores.values()),
                "nps_detractors": sum(score <= 6 for score in scores.values()),
                "recommendations": advice[account_id],
                "first_active_date": min(active, default=None),
                "last_active_date": max(active, default=None),
                "first_paid_date": min((d for d, cents in closing.items() if cents), default=None),
                "last_churn_date": max(
                    (m.day for m in movements if m.kind == "churn"), default=None
                ),
                "last_ticket_date": max((day for _, day in tickets), default=None),
                "as_of_date": company.as_of,
            }
        )
    return rows


_RFM_SCORES = ("r_score", "f_score", "m_score")


def _paid(company: Company, payment: Row, day: date) -> int:
    currency = payment["currency"].upper()
    is_money = payment["status"] == "succeeded" and payment["kind"] != "credit_note"
    if not is_money:
        return 0
    cents = exchange_of(company).convert(payment["amount"], currency, day)
    return cents if payment["kind"] == "charge" else -cents


@dataclass(frozen=True)
class Advice:
    """The recommendation about an account and a cause at the end of a month.

    `rule` is the one that counts among the cause's rules that warn and may recommend.
    """

    scoring: Scoring
    rules: tuple[Row, ...]
    rule: Row
    status: str
    confidence: float | None


def _key(cause: str, episode: list[Advice]) -> str:
    first = episode[0].scoring
    return f"{cause}/{first.account_id}/{first.month}"


def _advice(company: Company, scoring: Scoring, cause: str) -> Advice | None:
    ranked = []
    for rule in company.reference["recommendation_rules"]:
        if _cause(rule) == cause and scoring.meets(rule):
            record = _record(company, rule["rule_id"], scoring.last)
            if record.status != "no_better":
                is_proven = record.status == "proven"
                share = quotient(record.caught, record.warned) if is_proven else None
                ranked.append((-1 if share is None else share, rule, record.status, share))
    if not ranked:
        return None
    ranked.sort(key=lambda one: (-one[0], one[1]["rule_id"]))
    _, rule, status, confidence = ranked[0]
    return Advice(scoring, tuple(one[1] for one in ranked), rule, status, confidence)


def _episodes(company: Company) -> Iterator[tuple[str, list[Advice]]]:
    """Each cause and the consecutive months of an account with a warning about it."""
    by_account: dict[str, list[Scoring]] = defaultdict(list)
    for scoring in scorings(company):
        by_account[scoring.account_id].append(scoring)
    for cause in sorted({_cause(row) for row in company.reference["recommendation_rules"]}):
        for months in by_account.values():
            given = {s.month: one for s in months if (one := _advice(company, s, cause))}
            for start in sorted(m for m in given if add_months(m, -1) not in given):
                episode = [given[start]]
                while (following := add_months(episode[-1].scoring.month, 1)) in given:
                    episode.append(given[following])
                yield cause, episode


@cache
def _record(company: Company, rule_id: str, last: date) -> Record:
    """The track record of a recommendation rule, from what was known at the close of a day."""
    rule = next(r for r in company.reference["recommendation_rules"] if r["rule_id"] == rule_id)
    horizon = company.params.churn_horizon_months
    known = [
        scoring
        for scoring in scorings(company)
        if add_months(scoring.last + ONE_DAY, horizon) - ONE_DAY <= last
    ]
    warned = [scoring for scoring in known if scoring.meets(rule)]
    return Record(
        len(known),
        sum(bool(scoring.has_churned) for scoring in known),
        len(warned),
        sum(bool(scoring.has_churned) for scoring in warned),
        company.params.rule_min_churns,
        company.params.rule_min_lift,
    )


def _base(company: Company, assumption: str) -> tuple[Fraction | None, int]:
    """MRR that the assumption moves in a month, and for how many months in a year."""
    ledgers = account_ledgers(company)
    assert company.as_of
    if assumption == "arpa":
        return Fraction(sum(ledger.at_close(company.as_of) for ledger in ledgers.values())), 12
    movements = [movement for ledger in ledgers.values() for movement in ledger.movements]
    first = min((movement.day for movement in movements), default=None)
    months = periods(first, company.as_of, "month", company.params) if first else ()
    complete = [(start, last) for start, last in months if last <= company.as_of]
    complete = complete[-company.params.scenario_base_months :]
    if not complete:
        return None, MONTHS_OF_A_FLOW
    moved = 0
    for movement in movements:
        if complete[0][0] <= movement.day <= complete[-1][1]:
            is_failure = movement.reason == "involuntary"
            moved += {
                "churn": -movement.amount if movement.kind == "churn" and not is_failure else 0,
                "recovery": -movement.amount if movement.kind == "churn" and is_failure else 0,
                "activation": movement.amount if movement.kind == "new" else 0,
            }[assumption]
    return Fraction(moved, len(complete)), MONTHS_OF_A_FLOW


def _away_from_zero(value: Fraction) -> int:
    return half_up(value) if value >= 0 else -half_up(-value)
