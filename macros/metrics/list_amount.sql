{# What a subscription in some state costs per interval before discounts, in minor units: what the source computed, else all its
   units at the price of one. #}
{% macro list_amount(state) -%}
    coalesce({{ state }}.amount_cents, cast({{ state }}.quantity as {{ wide_integer() }}) * {{ state }}.unit_amount_cents)
{%- endmacro %}
