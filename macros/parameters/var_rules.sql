{# What each parameter may be; `says` ends the sentence "'x' is not …". #}
{% macro var_rules() -%}
    {%- set statuses = ['trialing', 'active', 'past_due', 'unpaid', 'paused'] -%}
    {%- set switch = {'is_switch': true, 'says': 'true or false'} -%}
    {{ return({
        'seeds_of': {'one_of': ['demo', 'own'], 'says': 'demo or own'},
        'schema_prefix': {
            'pattern': '((?!pg_)[a-z_][a-z0-9_]{0,39})?',
            'optional': true,
            'says': 'up to 40 letters a-z, digits and _ such as pulse_, not beginning with a digit or pg_'
        },
        'sources': {
            'is_mapping': true,
            'says': 'a mapping of raw tables to relations, such as {users: analytics.users}'
        },
        'reporting_timezone': {
            'pattern': '[A-Za-z][A-Za-z0-9_+/-]*',
            'says': 'a time zone name such as UTC or Europe/Berlin'
        },
        'reporting_currency': {'pattern': '[A-Z]{3}', 'says': 'an ISO 4217 code such as USD or EUR'},
        'week_start': {'one_of': ['monday', 'sunday'], 'says': 'monday or sunday'},
        'as_of_date': {'is_date': true, 'optional': true, 'says': 'a date such as 2026-06-30, or null'},
        'complete_until': {
            'is_moment': true,
            'optional': true,
            'says': 'a date such as 2026-07-01, a moment such as 2026-06-30T12:00:00Z, or null'
        },
        'fiscal_year_start_month': {'low': 1, 'high': 12, 'says': 'a whole number from 1 to 12'},
        'min_plausible_date': {'is_date': true, 'says': 'a date such as 2000-01-01'},
        'future_skew_minutes': {'low': 0, 'high': 1440, 'says': 'a whole number from 0 to 1440'},
        'unknown_events_are_activity': switch,
        'events_link_devices': switch,
        'include_internal_users': switch,
        'include_deleted_users': switch,
        'mau_window_days': {'low': 7, 'high': 366, 'says': 'a whole number from 7 to 366'},
        'session_gap_minutes': {'low': 1, 'high': 1440, 'says': 'a whole number from 1 to 1440'},
        'use_source_sessions': switch,
        'journey_max_steps': {'low': 2, 'high': 100, 'says': 'a whole number from 2 to 100'},
        'retention_max_day': {'low': 1, 'high': 366, 'says': 'a whole number from 1 to 366'},
        'unbounded_horizon_periods': {'low': 0, 'high': 366, 'says': 'a whole number from 0 to 366'},
        'revenue_profile': {'one_of': ['house', 'chartmogul', 'stripe'], 'says': 'house, chartmogul or stripe'},
        'mrr_statuses': {
            'profiled': true,
            'some_of': statuses,
            'says': 'a list of one or more of ' ~ statuses | join(', ')
        },
        'past_due_grace_days': {
            'profiled': true, 'low': 0, 'high': 3650, 'says': 'a whole number from 0 to 3650'
        },
        'cancel_policy': {
            'profiled': true, 'one_of': ['effective', 'at_request'], 'says': 'effective or at_request'
        },
        'refund_policy': {
            'profiled': true, 'one_of': ['none', 'full_refund_ends'], 'says': 'none or full_refund_ends'
        },
        'discount_policy': {
            'profiled': true,
            'one_of': ['while_it_lasts', 'permanent', 'none'],
            'says': 'while_it_lasts, permanent or none'
        },
        'fx_policy': {
            'profiled': true,
            'one_of': ['month_rate', 'at_signing', 'constant'],
            'says': 'month_rate, at_signing or constant'
        },
        'gross_margin_rate': {'low': 0, 'high': 1, 'fraction': true, 'says': 'a number from 0 to 1'},
        'ltv_cap_months': {'low': 1, 'high': 1200, 'says': 'a whole number from 1 to 1200'},
        'experiment_alpha': {'low': 0.000001, 'high': 0.5, 'fraction': true, 'says': 'a number from 0.000001 to 0.5'},
        'experiment_power': {'low': 0.01, 'high': 0.999999, 'fraction': true, 'says': 'a number from 0.01 to 0.999999'},
        'cuped_pre_days': {'low': 1, 'high': 366, 'says': 'a whole number from 1 to 366'},
        'srm_alpha': {'low': 0, 'high': 0.5, 'fraction': true, 'says': 'a number from 0 to 0.5'},
        'churn_horizon_months': {'low': 1, 'high': 12, 'says': 'a whole number from 1 to 12'},
        'rule_min_churns': {'low': 1, 'high': 1000000, 'says': 'a whole number from 1 to 1000000'},
        'rule_min_lift': {'low': 1, 'high': 100, 'fraction': true, 'says': 'a number from 1 to 100'},
        'churn_rule_weights': {'one_of': ['proven', 'declared'], 'says': 'proven or declared'},
        'signal_memory_days': {'low': 1, 'high': 366, 'says': 'a whole number from 1 to 366'},
        'scenario_base_months': {'low': 1, 'high': 24, 'says': 'a whole number from 1 to 24'},
        'rfm_window_days': {'low': 0, 'high': 3650, 'says': 'a whole number from 0 to 3650'},
    }) }}
{%- endmacro %}
