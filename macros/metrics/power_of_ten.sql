{# Minor units in a unit of a currency with 0, 2 or 3 decimal digits. #}
{% macro power_of_ten(digits) -%}
    case {{ digits }} when 0 then 1 when 2 then 100 else 1000 end
{%- endmacro %}
