"""What the activity and the contracts say about each user and account."""

from collections import Counter

from .activity import counted_days, first_platforms, is_counted
from .clock import local_date
from .company import Company, account_of
from .contracts import exchange_of
from .inputs import Row
from .revenue import current_mrr, current_plans

USER_COLUMNS = (
    *("user_id", "account_id", "platform", "current_plan_id", "is_registered"),
    *("first_active_date", "last_active_date"),
)
ACCOUNT_COLUMNS = (
    *("account_id", "country", "current_plan_id", "is_registered", "current_mrr_amount"),
    *("user_count", "created_date"),
)


def users(company: Company) -> list[Row]:
    """The resolved columns of `dim_users`, one dict per user, also those only mentioned."""
    active = counted_days(company)
    platforms = first_platforms(company)
    plans = current_plans(company)
    return [
        {
            "user_id": user_id,
            "account_id": account_of(user),
            "platform": platforms.get(user_id),
            "current_plan_id": plans.get(account_of(user)),
            "is_registered": user["is_registered"],
            "first_active_date": min(active.get(user_id, ()), default=None),
            "last_active_date": max(active.get(user_id, ()), default=None),
        }
        for user_id, user in company.users.items()
    ]


def accounts(company: Company) -> list[Row]:
    """The resolved columns of `dim_accounts`, one dict per account or person who stands for one."""
    exchange = exchange_of(company)
    plans = current_plans(company)
    members = Counter(
        account_of(user) for user in company.users.values() if is_counted(company, user)
    )
    return [
        {
            "account_id": account_id,
            "country": account.get("country"),
            "current_plan_id": plans.get(account_id),
            "is_registered": account["is_registered"],
            "current_mrr_amount": exchange.amount(current_mrr(company, account_id)),
            "user_count": members[account_id],
            "created_date": local_date(account["created_at"], company.params)
            if account.get("created_at")
            else None,
        }
        for account_id, account in company.accounts.items()
    ]
