"""What is known about each user, account, plan, feature, experiment, funnel and rule."""

from collections import Counter
from datetime import date, datetime

from .activity import counted_days, first_platforms, is_counted, is_deleted
from .clock import ONE_DAY, day_start, local_date
from .company import Company, account_of
from .experiments import experiment_exposures
from .features import is_for_everybody
from .funnels import DEFAULT_PROFILE, funnels
from .inputs import Row
from .revenue import current_mrr, current_plans
from .subscriptions import closes_by_payer, exchange_of

USER_COLUMNS = (
    *("user_id", "account_id", "country", "platform", "acquisition_channel", "current_plan_id"),
    *("is_registered", "is_internal", "is_deleted", "is_counted"),
    *("signup_date", "first_active_date", "last_active_date"),
)
ACCOUNT_COLUMNS = (
    *("account_id", "name", "industry", "company_size", "country", "current_plan_id"),
    *("is_registered", "current_mrr_amount", "user_count", "created_date"),
)
PLAN_COLUMNS = (
    *("plan_id", "name", "owner", "description", "tier", "currency", "is_listed"),
    *("included_seats", "list_price_monthly_minor_units", "list_price_yearly_minor_units"),
)
FEATURE_COLUMNS = (
    *("feature_id", "name", "owner", "description", "is_for_everybody", "launched_date"),
)
EXPERIMENT_COLUMNS = (
    *("experiment_id", "name", "owner", "description", "status", "control_variant"),
    *("started_at", "ended_at", "as_of_date"),
)
FUNNEL_COLUMNS = (
    *(
        "funnel_id",
        "name",
        "owner",
        "description",
        "status",
        "unit_kind",
        "funnel_profile",
        "order_rule",
    ),
    *("entry_policy", "tie_rule", "exclusion_policy", "window_seconds", "step_count"),
    *("entry_from_date", "entry_to_date"),
)
RULE_COLUMNS = (
    *("rule_id", "rule_kind", "name", "owner", "description", "status", "action", "signal"),
    *("operator", "threshold", "weight", "priority", "grace_or_window_days"),
)
LEAKAGE_RULES = (
    *("invoice_overdue", "payment_not_recovered", "paid_less", "discount_after_end"),
    *("billed_less", "period_not_invoiced", "seats_over_paid", "use_after_end"),
)


def users(company: Company) -> list[Row]:
    """`dim_users`, one dict per user, also for users who are only mentioned."""
    active = counted_days(company)
    platforms = first_platforms(company)
    plans = current_plans(company)
    return [
        {
            "user_id": user_id,
            "account_id": account_of(user),
            "country": user.get("country"),
            "platform": platforms.get(user_id),
            "acquisition_channel": user.get("acquisition_channel"),
            "current_plan_id": plans.get(account_of(user)),
            "is_registered": user["is_registered"],
            "is_internal": bool(user.get("is_internal")),
            "is_deleted": is_deleted(company, user),
            "is_counted": is_counted(company, user),
            "signup_date": _date(company, user.get("created_at")),
            "first_active_date": min(active.get(user_id, ()), default=None),
            "last_active_date": max(active.get(user_id, ()), default=None),
        }
        for user_id, user in company.users.items()
    ]


def accounts(company: Company) -> list[Row]:
    """`dim_accounts`, one dict per account or person who is their own account."""
    exchange = exchange_of(company)
    plans = current_plans(company)
    members = Counter(
        account_of(user) for user in company.users.values() if is_counted(company, user)
    )
    return [
        {
            "account_id": account_id,
            "name": account.get("name"),
            "industry": account.get("industry"),
            "company_size": account.get("company_size"),
            "country": account.get("country"),
            "current_plan_id": plans.get(account_id),
            "is_registered": account["is_registered"],
            "current_mrr_amount": exchange.amount(current_mrr(company, account_id)),
            "user_count": members[account_id],
            "created_date": _date(company, account.get("created_at")),
        }
        for account_id, account in company.accounts.items()
    ]


def plans(company: Company) -> list[Row]:
    """`dim_plans`, one dict per plan of the reference table or of a subscription."""
    listed = {row["plan_id"]: row for row in company.reference["plans"]}
    sold = {
        close.plan_id
        for subscriptions in closes_by_payer(company).values()
        for closes in subscriptions.values()
        for close in closes.values()
    }
    return [
        {
            "plan_id": plan_id,
            "name": row.get("name") or plan_id,
            "owner": row.get("owner"),
            "description": row.get("description"),
            "tier": row.get("tier"),
            "currency": (row.get("currency") or company.params.reporting_currency) if row else None,
            "is_listed": bool(row),
            "included_seats": _whole(row.get("included_seats") or "1") if row else None,
            "list_price_monthly_minor_units": _whole(row.get("list_price_monthly_cents")),
            "list_price_yearly_minor_units": _whole(row.get("list_price_yearly_cents")),
        }
        for plan_id in listed.keys() | sold
        for row in [listed.get(plan_id, {})]
    ]


def features(company: Company) -> list[Row]:
    """`dim_features`, one dict per feature of the reference table."""
    return [
        {
            "feature_id": row["feature_id"],
            "name": row.get("name") or row["feature_id"],
            "owner": row.get("owner"),
            "description": row.get("description"),
            "is_for_everybody": is_for_everybody(company, row["feature_id"]),
            "launched_date": row.get("launched_date") and date.fromisoformat(row["launched_date"]),
        }
        for row in company.reference["features"]
    ]


def experiments(company: Company) -> list[Row]:
    """`dim_experiments`, one dict per experiment of the reference table or of an exposure."""
    listed = {row["experiment_id"]: row for row in company.reference["experiments"]}
    shown = {row["experiment_id"] for row in experiment_exposures(company)}
    return [
        {
            "experiment_id": experiment_id,
            "name": row.get("name") or experiment_id,
            "owner": row.get("owner"),
            "description": row.get("description"),
            "status": _status(company, row, experiment_id in shown),
            "control_variant": row.get("control_variant"),
            "started_at": _moment(row.get("started_at")),
            "ended_at": _moment(row.get("ended_at")),
            "as_of_date": company.as_of,
        }
        for experiment_id in listed.keys() | shown
        for row in [listed.get(experiment_id, {})]
    ]


def _status(company: Company, experiment: Row, is_shown: bool) -> str:
    """The status of an experiment when the as-of date is over."""
    if not experiment:
        return "unlisted"
    started, ended = (_moment(experiment.get(name)) for name in ("started_at", "ended_at"))
    assert company.as_of
    over_at = day_start(company.as_of + ONE_DAY, company.params).replace(tzinfo=None)
    if ended and ended <= over_at:
        return "ended"
    has_begun = started < over_at if started else is_shown
    return "running" if has_begun else "planned"


def funnel_definitions(company: Company) -> list[Row]:
    """`dim_funnels`, one dict per funnel of the reference table."""
    named = {row["funnel_id"]: row for row in company.reference["funnels"]}
    return [
        {
            "funnel_id": funnel.funnel_id,
            "name": row.get("name") or funnel.funnel_id,
            "owner": row.get("owner"),
            "description": row.get("description"),
            "status": "active" if funnel.steps else "incomplete",
            "unit_kind": funnel.unit,
            "funnel_profile": row["profile"] or DEFAULT_PROFILE,
            "order_rule": funnel.order_rule,
            "entry_policy": funnel.entry_policy,
            "tie_rule": funnel.tie_rule,
            "exclusion_policy": funnel.exclusion_policy,
            "window_seconds": int(funnel.window.total_seconds()),
            "step_count": len(funnel.steps),
            "entry_from_date": row["entry_from_date"] and funnel.entry_from,
            "entry_to_date": row["entry_to_date"] and funnel.entry_to,
        }
        for funnel in funnels(company.reference)
        for row in [named[funnel.funnel_id]]
    ]


def rules(company: Company) -> list[Row]:
    """`dim_rules`, one dict per rule; also for leakage rules without a row, which are off."""
    rows = []
    for kind in ("churn", "recommendation", "leakage"):
        listed = {row["rule_id"]: row for row in company.reference[f"{kind}_rules"]}
        for rule_id in LEAKAGE_RULES if kind == "leakage" else listed:
            row = listed.get(rule_id, {})
            rows.append(
                {
                    "rule_id": rule_id,
                    "rule_kind": kind,
                    "name": row.get("name") or rule_id,
                    "status": "active" if row else "switched_off",
                    **{name: row.get(name) for name in ("owner", "description", "action")},
                    **{name: row.get(name) for name in ("signal", "operator")},
                    "threshold": float(row["threshold"]) if row.get("threshold") else None,
                    "weight": _whole(row.get("weight")),
                    "priority": _whole(row.get("priority")),
                    "grace_or_window_days": _whole(row.get("days") or "0")
                    if kind == "leakage" and row
                    else None,
                }
            )
    return rows


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _whole(text: str | None) -> int | None:
    return int(text) if text else None


def _date(company: Company, moment: datetime | None) -> date | None:
    return local_date(moment, company.params) if moment else None
