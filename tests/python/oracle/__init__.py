"""Independent answers: the marts again, in slow but obvious plain Python.

Written only from the definitions; shares nothing with the SQL except the raw schema.
"""

from .activity import (
    active_accounts_daily,
    active_days_distribution,
    active_users_by_period,
    active_users_daily,
    events_daily,
    user_days,
)
from .company import Company, understand
from .customers import churn_risk, churn_risk_trace, track_record
from .decisions import (
    account_signals,
    customer_360,
    recommendation_outcomes,
    recommendations,
    scenario_totals,
    scenarios,
)
from .dimensions import (
    accounts,
    experiments,
    features,
    funnel_definitions,
    plans,
    rules,
    users,
)
from .experiments import (
    experiment_exposures,
    experiment_results,
    experiment_segments,
    experiment_weeks,
)
from .features import (
    feature_adoption,
    feature_correlations,
    feature_heatmap,
    feature_usage_daily,
)
from .funnels import funnel_steps, funnel_steps_weekly, funnel_users
from .inputs import Params, Raw, Reference, read_raw, read_reference
from .journeys import journey_edges
from .leakage import revenue_leakage
from .opinions import account_rfm, nps, support_load, user_rfm
from .retention import cohort_users, retention_cohorts, survival
from .revenue import arr_by_period, mrr_movement_subscriptions, mrr_movements
from .revenue_days import mrr_daily, revenue_cohorts
from .sessions import sessions, sessions_daily
from .staging import Classified, as_of_date, classify, counts

__all__ = [
    "Classified",
    "Company",
    "Params",
    "Raw",
    "Reference",
    "account_rfm",
    "account_signals",
    "accounts",
    "active_accounts_daily",
    "active_days_distribution",
    "active_users_by_period",
    "active_users_daily",
    "arr_by_period",
    "as_of_date",
    "churn_risk",
    "churn_risk_trace",
    "classify",
    "cohort_users",
    "counts",
    "customer_360",
    "events_daily",
    "experiment_exposures",
    "experiment_results",
    "experiment_segments",
    "experiment_weeks",
    "experiments",
    "feature_adoption",
    "feature_correlations",
    "feature_heatmap",
    "feature_usage_daily",
    "features",
    "funnel_definitions",
    "funnel_steps",
    "funnel_steps_weekly",
    "funnel_users",
    "journey_edges",
    "mrr_daily",
    "mrr_movement_subscriptions",
    "mrr_movements",
    "nps",
    "plans",
    "read_raw",
    "read_reference",
    "recommendation_outcomes",
    "recommendations",
    "retention_cohorts",
    "revenue_cohorts",
    "revenue_leakage",
    "rules",
    "scenario_totals",
    "scenarios",
    "sessions",
    "sessions_daily",
    "support_load",
    "survival",
    "track_record",
    "understand",
    "user_days",
    "user_rfm",
    "users",
]
