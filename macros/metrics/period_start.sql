{# First date of the day, week, month, quarter or fiscal year that contains a date. #}
{% macro period_start(grain, date) -%}
    {%- if grain == 'day' -%}
    {{ date }}
    {%- elif grain == 'week' and checked_var('week_start') == 'sunday' -%}
    {{ add_days('cast(' ~ dbt.date_trunc('week', add_days(date, 1)) ~ ' as date)', -1) }}
    {%- elif grain in ('week', 'month', 'quarter') -%}
    cast({{ dbt.date_trunc(grain, date) }} as date)
    {%- elif grain == 'fiscal_year' -%}
    {%- set offset = checked_var('fiscal_year_start_month') - 1 -%}
    {{ add_months('cast(' ~ dbt.date_trunc('year', add_months(date, -offset)) ~ ' as date)', offset) }}
    {%- else -%}
    {{ exceptions.raise_compiler_error('period_start: there is no grain ' ~ grain) }}
    {%- endif -%}
{%- endmacro %}
