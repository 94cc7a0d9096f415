{# The rules that can look for lost revenue; each has a model `int_revenue__leakage_<rule>`. #}
{% macro leakage_rules() -%}
    {{ return([
        'invoice_overdue', 'payment_not_recovered', 'paid_less', 'discount_after_end', 'billed_less', 'period_not_invoiced',
        'seats_over_paid', 'use_after_end'
    ]) }}
{%- endmacro %}
