{# ARR of an MRR, both in minor units: twelve months of it. #}
{% macro arr_cents(mrr_cents) -%}
    12 * {{ mrr_cents }}
{%- endmacro %}
