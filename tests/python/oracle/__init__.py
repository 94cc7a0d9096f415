"""Independent answers: the marts once more, slowly and obviously, in plain Python.

Written from the definitions alone; shares nothing with the SQL but the raw contract.
"""

from .activity import (
    active_accounts_daily,
    active_days_distribution,
    active_users_by_period,
    active_users_daily,
)
from .company import Company, understand
from .dimensions import accounts, users
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
from .retention import retention_cohorts, survival
from .revenue import arr_by_period, mrr_movements
from .revenue_days import mrr_daily, revenue_cohorts
from .sessions import sessions, sessions_daily
from .staging import Judged, as_of_date, counts, judge

__all__ = [
    "Company",
    "Judged",
    "Params",
    "Raw",
    "Reference",
    "accounts",
    "active_accounts_daily",
    "active_days_distribution",
    "active_users_by_period",
    "active_users_daily",
    "arr_by_period",
    "as_of_date",
    "counts",
    "experiment_exposures",
    "experiment_results",
    "experiment_segments",
    "experiment_weeks",
    "feature_adoption",
    "feature_correlations",
    "feature_heatmap",
    "feature_usage_daily",
    "funnel_steps",
    "funnel_steps_weekly",
    "funnel_users",
    "journey_edges",
    "judge",
    "mrr_daily",
    "mrr_movements",
    "read_raw",
    "read_reference",
    "retention_cohorts",
    "revenue_cohorts",
    "revenue_leakage",
    "sessions",
    "sessions_daily",
    "survival",
    "understand",
    "users",
]
