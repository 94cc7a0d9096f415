{# Minor units of a currency as minor units of the reporting currency, half up. `rates` and `reporting` are
   relations with rate (10 decimals) and minor_unit_digits. Most amounts are in the reporting currency and need no
   arithmetic of wide integers, which is slow. #}
{% macro converted_cents(amount, rates='rates', reporting='reporting') -%}
    case
        when {{ rates }}.rate = 1 and {{ rates }}.minor_unit_digits = {{ reporting }}.minor_unit_digits
            then cast({{ amount }} as bigint)
        else {{ quotient_half_up(
            'cast(' ~ amount ~ ' as ' ~ wide_integer() ~ ') * cast(' ~ rates ~ '.rate * 10000000000 as ' ~ wide_integer()
            ~ ') * ' ~ power_of_ten(reporting ~ '.minor_unit_digits'),
            'cast(10000000000 as ' ~ wide_integer() ~ ') * ' ~ power_of_ten(rates ~ '.minor_unit_digits')
        ) }}
    end
{%- endmacro %}

{% macro power_of_ten(digits) -%}
    case {{ digits }} when 0 then 1 when 2 then 100 else 1000 end
{%- endmacro %}
