{# Minor units of a currency as minor units of the reporting currency, half up. `rates` and `reporting` are
   relations with rate (10 decimals) and minor_unit_digits. #}
{% macro converted_cents(amount, rates='rates', reporting='reporting') -%}
    {{ quotient_half_up(
        'cast(' ~ amount ~ ' as ' ~ wide_integer() ~ ') * cast(' ~ rates ~ '.rate * 10000000000 as ' ~ wide_integer()
        ~ ') * ' ~ power_of_ten(reporting ~ '.minor_unit_digits'),
        'cast(10000000000 as ' ~ wide_integer() ~ ') * ' ~ power_of_ten(rates ~ '.minor_unit_digits')
    ) }}
{%- endmacro %}

{% macro power_of_ten(digits) -%}
    case {{ digits }} when 0 then 1 when 2 then 100 else 1000 end
{%- endmacro %}
