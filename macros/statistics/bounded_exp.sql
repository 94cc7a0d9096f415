{# e to a power; 0 when that is too small for a double precision, because Postgres stops there. #}
{% macro bounded_exp(power) -%}
    case when ({{ power }}) <= -708 then 0e0 else exp({{ power }}) end
{%- endmacro %}
