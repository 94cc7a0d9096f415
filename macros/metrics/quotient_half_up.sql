{# A quotient of two non-negative whole numbers, rounded half up to a whole number, as a bigint; exact, because it uses neither
   floats nor an engine's own rounding. #}
{% macro quotient_half_up(numerator, denominator) -%}
    cast({{ whole_quotient(
        'cast(2 as ' ~ wide_integer() ~ ') * (' ~ numerator ~ ') + (' ~ denominator ~ ')',
        'cast(2 as ' ~ wide_integer() ~ ') * (' ~ denominator ~ ')'
    ) }} as bigint)
{%- endmacro %}
