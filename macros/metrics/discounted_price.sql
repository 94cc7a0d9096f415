{# A price minus a discount in percent and then a discount of an amount, in whole minor units, rounded half up and never below
   0. The percentage has four decimals, so 100 percent is a million. #}
{% macro discounted_price(price, percent, amount) -%}
    greatest(
        {{ quotient_half_up(
            price ~ ' * (1000000 - cast(' ~ percent ~ ' * 10000 as bigint))', 'cast(1000000 as ' ~ wide_integer() ~ ')'
        ) }} - {{ amount }},
        0
    )
{%- endmacro %}
