-- to the last digit, and null when the divisor is 0
{% set quotients = {
    'fct_active_users_daily': {'dau_mau_rate': ['dau', 'mau']},
    'fct_active_accounts_daily': {'dau_mau_rate': ['dau', 'mau']},
    'fct_active_users_by_period': {
        'retention_rate': ['retained_users', 'previous_active_users'],
        'churn_rate': ['dormant_users', 'previous_active_users'],
        'quick_ratio': ['new_users + resurrected_users', 'dormant_users'],
    },
    'fct_sessions_daily': {
        'bounce_rate': ['bounced_sessions', 'sessions'],
        'avg_duration_seconds': ['total_duration_seconds', 'sessions'],
    },
    'fct_feature_adoption': {
        'adoption_rate': ['adopting_users', 'eligible_users'],
        'adoption_of_all_rate': ['adopting_users', 'total_users'],
        'events_per_adopter': ['events', 'adopting_users'],
        'days_per_adopter': ['user_days', 'adopting_users'],
    },
    'fct_feature_correlations': {
        'adopters_a_retention_rate': ['retained_users_a', 'eligible_users_a'],
        'others_a_retention_rate': ['retained_users - retained_users_a', 'eligible_users - eligible_users_a'],
        'adopters_b_retention_rate': ['retained_users_b', 'eligible_users_b'],
        'others_b_retention_rate': ['retained_users - retained_users_b', 'eligible_users - eligible_users_b'],
    },
    'fct_retention_cohorts': {'retention_rate': ['retained_users', 'eligible_users']},
    'fct_arr_by_period': {'logo_churn_rate': ['lost_customers', 'opening_customers']},
    'fct_funnel_steps': {
        'step_conversion_rate': ['closed_users', 'previous_closed_users'],
        'overall_conversion_rate': ['closed_users', 'first_closed_users'],
    },
    'fct_funnel_steps_weekly': {
        'step_conversion_rate': ['closed_users', 'previous_closed_users'],
        'overall_conversion_rate': ['closed_users', 'first_closed_users'],
    },
    'fct_nps': {'nps': ['promoters - detractors', 'responses']},
    'fct_churn_rule_performance': {
        'precision_rate': ['caught_accounts', 'warned_accounts'],
        'recall_rate': ['caught_accounts', 'churned_accounts'],
        'base_rate': ['churned_accounts', 'scored_accounts'],
    },
} %}

{%- for mart, rates in quotients.items() %}
{%- set mart_loop = loop %}
{%- for rate, parts in rates.items() %}
select
    '{{ mart }}.{{ rate }}' as rate_name,
    {{ rate }} as rate,
    {{ parts[0] }} as numerator,
    {{ parts[1] }} as denominator
from {{ ref(mart) }}
where {{ rate }} is distinct from cast({{ parts[0] }} as double precision) / nullif({{ parts[1] }}, 0)
{{ 'union all' if not (loop.last and mart_loop.last) }}
{%- endfor %}
{%- endfor %}
