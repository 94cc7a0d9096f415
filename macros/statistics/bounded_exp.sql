{# e to a power, 0 where that is too small for a double precision: Postgres stops there. #}
{% macro bounded_exp(power) -%}
    case when ({{ power }}) <= -708 then 0e0 else exp({{ power }}) end
{%- endmacro %}
