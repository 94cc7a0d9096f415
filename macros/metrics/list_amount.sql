{# The price of a subscription in some state per interval before discounts, in minor units: what the source computed, else all
   its units times the price of one. #}
{% macro list_amount(state) -%}
    coalesce(
        {{ state }}.amount_minor_units,
        cast({{ state }}.quantity as {{ wide_integer() }}) * {{ state }}.unit_amount_minor_units
    )
{%- endmacro %}
