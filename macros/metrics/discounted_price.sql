{# A price less a discount in percent, in whole minor units, half up. The discount has four decimals: a million
   is the whole. #}
{% macro discounted_price(price, percent) -%}
    {{ quotient_half_up(
        price ~ ' * (1000000 - cast(' ~ percent ~ ' * 10000 as bigint))', 'cast(1000000 as ' ~ wide_integer() ~ ')'
    ) }}
{%- endmacro %}
