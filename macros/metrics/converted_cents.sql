{# Minor units of a currency as minor units of the reporting currency, half up. `rates` is a relation with cents_denominator
   and `numerator`. Most amounts are in the reporting currency and need no arithmetic of wide integers, which is slow. #}
{% macro converted_cents(amount, rates='rates', numerator='cents_numerator') -%}
    case
        when {{ rates }}.{{ numerator }} = {{ rates }}.cents_denominator then cast({{ amount }} as bigint)
        else {{ quotient_half_up(
            'cast(' ~ amount ~ ' as ' ~ wide_integer() ~ ') * ' ~ rates ~ '.' ~ numerator,
            rates ~ '.cents_denominator'
        ) }}
    end
{%- endmacro %}
