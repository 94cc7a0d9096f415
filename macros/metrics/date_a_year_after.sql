{# First date whose opening a year before is at or after a date: the trailing year of t begins at the close of the day before
   (t + 1 day) - 12 months. After 29 February that is one day later than adding a year gives. #}
{% macro date_a_year_after(date) -%}
    {%- set day_after = add_days(date, 1) -%}
    {%- set year_after = add_months(day_after, 12) -%}
    {{ add_days(
        year_after,
        'case when ' ~ add_months(year_after, -12) ~ ' < ' ~ day_after ~ ' then 0 else -1 end'
    ) }}
{%- endmacro %}
