{# Number of periods from the period that begins on one date to the period that begins on another. #}
{% macro periods_between(grain, first, last) -%}
    {%- if grain == 'month' -%}
    cast(
        (date_part('year', {{ last }}) - date_part('year', {{ first }})) * 12
        + date_part('month', {{ last }}) - date_part('month', {{ first }}) as integer
    )
    {%- else -%}
    cast({{ days_between(first, last) }} / {{ 7 if grain == 'week' else 1 }} as integer)
    {%- endif -%}
{%- endmacro %}
