"""What a change of the world does to each mart, where the rows do not stay the same.

For a mart that is not named here the strictest rule holds: every row and cell stays the same.
"""

from decimal import Decimal
from typing import Any

from marts.test_marts_agree_with_the_oracle import MARTS

Row = dict[str, Any]

# Money × k: these are money. Each rounding on the way, as many as given here, may change half a
# cent before and after; texts that quote amounts are not compared, nor is the price list.
ROUNDED_MONEY = {
    "fct_arr_by_period": {"arpa_amount": 1, "ltv_amount": 1},
    "fct_churn_rule_performance": {"caught_arr_per_warning_amount": 1},
    "fct_scenarios": dict.fromkeys(
        ["base_monthly_amount", "monthly_impact_amount", "annual_impact_amount"], 1
    ),
    # the sum over up to four assumptions
    "fct_scenario_totals": dict.fromkeys(["monthly_impact_amount", "annual_impact_amount"], 4),
}
QUOTES_OF_MONEY = {"fct_revenue_leakage": ("evidence",)}
PRICE_LISTS = ("dim_plans",)
MONETARY_VALUE_IS_MONEY = ("fct_account_rfm",)

# Some weeks later: rows of days and weeks move with the world. Calendars, months and values at the
# end of a month do not, nor does anything made from them.
GRAINS_THAT_MOVE = (None, "day", "week")
OF_MONTHS = (
    *("dim_dates", "dim_experiments", "dim_features", "dim_funnels", "fct_account_signals"),
    *("fct_churn_risk", "fct_churn_risk_trace", "fct_churn_rule_performance", "fct_cohort_users"),
    *("fct_customer_360", "fct_mrr_daily"),
    *("fct_recommendation_outcomes", "fct_recommendations", "fct_revenue_cohorts"),
    # the periods of most subscriptions are months
    *("fct_revenue_leakage", "fct_scenarios", "fct_scenario_totals"),
)

# Disjoint worlds together: a row that only one of them has is unchanged, except for comparisons
# with all others; where both have it, whole numbers and amounts add up.
RANKS = ("r_score", "f_score", "m_score")
COMPARED_WITH_ALL = {
    "fct_account_rfm": ("segment_name", *RANKS),
    # windows do not begin before the first date of all worlds
    **dict.fromkeys(
        ["fct_active_accounts_daily", "fct_active_users_daily"],
        ("is_full_window", "stickiness_rate"),
    ),
    "fct_churn_risk": ("band_churn_rate",),
    "fct_churn_risk_trace": ("precision_rate", "lift", "record_status"),
    "fct_customer_360": ("rfm_segment_name", *RANKS),
    # where none of an account's own invoices says anything, all others do
    "fct_revenue_leakage": ("confidence",),
    "fct_recommendations": ("confidence", "priority_rank", "record_status"),
    # a curve goes on as long as a user of the longer-lived world is at risk
    "fct_survival": ("survival_rate", "rate_low", "rate_high"),
    "fct_user_rfm": ("segment_name", *RANKS),
}
NOT_ADDITIVE = {
    **{mart: tuple(columns) for mart, columns in ROUNDED_MONEY.items()},
    "fct_churn_rule_performance": ("caught_arr_per_warning_amount", "scored_months"),
    "fct_scenario_totals": ("assumption_count", "monthly_impact_amount", "annual_impact_amount"),
    "fct_retention_cohorts": ("last_period_number",),
}
# These describe reference tables and the calendar, not what happened.
SAME_IN_EVERY_WORLD = ("dim_dates", "dim_features", "dim_funnels", "dim_plans", "dim_rules")

# The keys of the marts for which the oracle has no rows.
OF_NO_ORACLE = {
    "dim_dates": ("date",),
    "fct_freshness": ("table_name",),
    "fct_load_quality": ("load_id", "table_name"),
}

# These say what the other marts say: tests/python/marts/test_metrics.py.
OF_CATALOGUE = ("dim_metric_lineage", "dim_metrics", "fct_metric_values")

# These describe deliveries, which most relations change; other tests cover them.
OF_LOADS = ("fct_freshness", "fct_load_quality")

# One more user who does nothing: the marts where they count, and in which columns.
COUNTS_THE_USER = {
    "dim_users": (),
    "fct_cohort_users": (),
    "dim_accounts": ("user_count",),
    "fct_customer_360": ("user_count",),
    "fct_feature_adoption": ("total_users",),
    "fct_retention_cohorts": ("cohort_users", "eligible_users"),
}
FOLLOWS_FROM_COUNTING_THE_USER = {
    "fct_feature_adoption": ("adoption_of_all_rate",),
    "fct_retention_cohorts": ("retained_users", "retention_rate", "rate_low", "rate_high"),
}


def key_of(mart: str) -> tuple[str, ...]:
    """The columns that identify a row."""
    return OF_NO_ORACLE[mart] if mart in OF_NO_ORACLE else MARTS[mart][2]


def is_money(mart: str, column: str) -> bool:
    """Whether it grows with prices."""
    if mart in PRICE_LISTS:
        return False
    if column == "monetary_value":
        return mart in MONETARY_VALUE_IS_MONEY
    return column.endswith(("_amount", "_cents"))


def is_a_count(mart: str, column: str, value: Any) -> bool:
    """Whether values of disjoint worlds add up: whole numbers and amounts, except for keys."""
    return (
        isinstance(value, int | Decimal)
        and not isinstance(value, bool)
        and column not in key_of(mart)
        and column not in NOT_ADDITIVE.get(mart, ())
    )


def without(mart: str, row: Row, *tables: dict[str, tuple[str, ...]]) -> Row:
    """The row without the columns that tables name for the mart."""
    left_out = {column for table in tables for column in table.get(mart, ())}
    return {name: value for name, value in row.items() if name not in left_out}
