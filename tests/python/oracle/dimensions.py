"""What the activity and the contracts say about each user and account."""

from .activity import active_days, first_platforms
from .company import Company, payer
from .contracts import exchange_of
from .inputs import Row
from .revenue import current_mrr, current_plans

USER_COLUMNS = ("user_id", "first_active_date", "last_active_date", "platform", "current_plan_id")
ACCOUNT_COLUMNS = ("account_id", "current_plan_id", "current_mrr_amount")


def users(company: Company) -> list[Row]:
    """The resolved columns of `dim_users`, one dict per user, also those only mentioned."""
    active = active_days(company)
    platforms = first_platforms(company)
    plans = current_plans(company)
    return [
        {
            "user_id": user_id,
            "first_active_date": min(active.get(user_id, ()), default=None),
            "last_active_date": max(active.get(user_id, ()), default=None),
            "platform": platforms.get(user_id),
            "current_plan_id": plans.get(user.get("account_id") or user_id),
        }
        for user_id, user in company.users.items()
    ]


def accounts(company: Company) -> list[Row]:
    """The resolved columns of `dim_accounts`, one dict per account or person who stands for one."""
    exchange = exchange_of(company)
    plans = current_plans(company)
    payers = [payer(contract) for contract in company.tables["subscriptions"]]
    return [
        {
            "account_id": account_id,
            "current_plan_id": plans.get(account_id),
            "current_mrr_amount": exchange.amount(current_mrr(company, account_id)),
        }
        for account_id in dict.fromkeys([*company.accounts, *payers])
    ]
