{# The revenue policies of each profile: our own (house), and those of tools as they describe their defaults. A var that is set
   takes precedence. #}
{% macro revenue_profiles() -%}
    {%- set house = {
        'mrr_statuses': ['active', 'past_due'],
        'past_due_grace_days': 30,
        'cancel_policy': 'effective',
        'discount_policy': 'while_it_lasts',
        'fx_policy': 'month_rate',
        'refund_policy': 'none',
    } -%}
    {%- set until_somebody_cancels = 3650 -%}
    {{ return({
        'house': house,
        'chartmogul': dict(
            house,
            mrr_statuses=['active', 'past_due', 'unpaid', 'paused'],
            past_due_grace_days=until_somebody_cancels
        ),
        'stripe': dict(
            house,
            past_due_grace_days=until_somebody_cancels,
            cancel_policy='at_request',
            discount_policy='permanent'
        ),
    }) }}
{%- endmacro %}
