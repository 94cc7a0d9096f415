{# A price less a discount in percent and then one of an amount, in whole minor units, half up and never below 0. The per cent
   has four decimals: a million is the whole. #}
{% macro discounted_price(price, percent, amount) -%}
    greatest(
        {{ quotient_half_up(
            price ~ ' * (1000000 - cast(' ~ percent ~ ' * 10000 as bigint))', 'cast(1000000 as ' ~ wide_integer() ~ ')'
        ) }} - {{ amount }},
        0
    )
{%- endmacro %}
