{# The signals that `int_customers__churn_signals` measures for each account, which churn rules may read. #}
{% macro churn_signals() -%}
    {{ return([
        'usage_drop_rate', 'days_silent', 'unused_features', 'seats_unused_rate', 'cancel_requests', 'days_past_due',
        'failed_payments', 'downgrades', 'tickets', 'nps_score'
    ]) }}
{%- endmacro %}
