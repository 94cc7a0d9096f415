{# The rules that can find leakage; those about a single invoice are in `int_revenue__leakage_of_invoices`, each other one in a
   model of its name. #}
{% macro leakage_rules() -%}
    {{ return([
        'invoice_overdue', 'payment_not_recovered', 'paid_less', 'discount_after_end', 'billed_less', 'period_not_invoiced',
        'seats_over_paid', 'use_after_end'
    ]) }}
{%- endmacro %}
