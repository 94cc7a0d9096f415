{# MRR in minor units of the reporting currency as an annual amount in that currency. `reporting` is a relation
   with its minor_unit_digits. #}
{% macro arr_amount(mrr_cents) -%}
    {{ reporting_amount(arr_cents(mrr_cents)) }}
{%- endmacro %}
