{# Minor units of the reporting currency as an amount in it. `reporting` is a relation with its minor_unit_digits;
   multiplied in hundredths first, because a quotient of decimals is a float on some engines. #}
{% macro reporting_amount(cents) -%}
    cast(
        case reporting.minor_unit_digits
            when 0 then cast({{ cents }} as numeric(38, 2))
            when 2 then cast({{ cents }} as numeric(36, 0)) * cast(0.01 as numeric(2, 2))
            else round(cast({{ cents }} as numeric(35, 0)) * cast(0.001 as numeric(3, 3)), 2)
        end as numeric(18, 2)
    )
{%- endmacro %}
