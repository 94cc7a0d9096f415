{# Minor units of the reporting currency as an amount in it. `reporting` is a relation with its minor_unit_digits,
   0 or 2; multiplied and not divided, because a quotient of decimals is a float on some engines. #}
{% macro reporting_amount(cents) -%}
    cast(
        case reporting.minor_unit_digits
            when 0 then cast({{ cents }} as numeric(38, 2))
            else cast({{ cents }} as numeric(36, 0)) * cast(0.01 as numeric(2, 2))
        end as numeric(18, 2)
    )
{%- endmacro %}
