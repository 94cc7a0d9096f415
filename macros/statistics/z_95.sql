{# The 0.975 quantile of the normal distribution: what is within it of the mean, on both sides, is 95 of 100. #}
{% macro z_95() -%}
    cast(1.959963984540054 as double precision)
{%- endmacro %}
