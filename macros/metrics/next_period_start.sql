{# First date of the period after the one that begins on a date. #}
{% macro next_period_start(grain, start) -%}
    {%- set months = {'month': 1, 'quarter': 3, 'fiscal_year': 12} -%}
    {{ add_months(start, months[grain]) if grain in months else add_days(start, 7 if grain == 'week' else 1) }}
{%- endmacro %}
