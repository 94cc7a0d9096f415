"""What is known of each user, account, plan and feature."""

from collections import Counter
from datetime import date, datetime

from .activity import counted_days, first_platforms, is_counted, is_deleted
from .clock import local_date
from .company import Company, account_of
from .contracts import closes_by_payer, exchange_of
from .features import is_for_everybody
from .inputs import Row
from .revenue import current_mrr, current_plans

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
    *("plan_id", "name", "tier", "currency", "is_listed"),
    *("included_seats", "list_price_monthly_cents", "list_price_yearly_cents"),
)
FEATURE_COLUMNS = ("feature_id", "name", "owner", "is_for_everybody", "launched_date")


def users(company: Company) -> list[Row]:
    """`dim_users`, one dict per user, also those only mentioned."""
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
    """`dim_accounts`, one dict per account or person who stands for one."""
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
    """`dim_plans`, one dict per plan of the reference table or of a contract."""
    listed = {row["plan_id"]: row for row in company.reference["plans"]}
    sold = {
        close.plan_id
        for contracts in closes_by_payer(company).values()
        for closes in contracts.values()
        for close in closes.values()
    }
    return [
        {
            "plan_id": plan_id,
            "name": row.get("name") or plan_id,
            "tier": row.get("tier"),
            "currency": (row.get("currency") or company.params.reporting_currency) if row else None,
            "is_listed": bool(row),
            "included_seats": _whole(row.get("included_seats") or "1") if row else None,
            "list_price_monthly_cents": _whole(row.get("list_price_monthly_cents")),
            "list_price_yearly_cents": _whole(row.get("list_price_yearly_cents")),
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
            "is_for_everybody": is_for_everybody(company, row["feature_id"]),
            "launched_date": row.get("launched_date") and date.fromisoformat(row["launched_date"]),
        }
        for row in company.reference["features"]
    ]


def _whole(text: str | None) -> int | None:
    return int(text) if text else None


def _date(company: Company, moment: datetime | None) -> date | None:
    return local_date(moment, company.params) if moment else None
