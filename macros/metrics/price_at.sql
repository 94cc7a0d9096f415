{# The price of a subscription in some state per interval at a moment, in minor units; without its discounts when they have
   ended. #}
{% macro price_at(state, moment) -%}
    case
        when {{ state }}.discount_ends_at <= {{ moment }} then {{ state }}.list_amount_minor_units
        else {{ discounted_price(
            state ~ '.list_amount_minor_units', state ~ '.discount_percent', state ~ '.discount_amount_minor_units'
        ) }}
    end
{%- endmacro %}
