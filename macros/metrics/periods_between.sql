{# How many periods the period that begins on one date lies before the one that begins on another. #}
{% macro periods_between(grain, first, last) -%}
    {%- if grain == 'month' -%}
    cast(
        (extract(year from {{ last }}) - extract(year from {{ first }})) * 12
        + extract(month from {{ last }}) - extract(month from {{ first }}) as integer
    )
    {%- else -%}
    cast({{ days_between(first, last) }} / {{ '7.0' if grain == 'week' else '1' }} as integer)
    {%- endif -%}
{%- endmacro %}
