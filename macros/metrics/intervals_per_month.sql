{# How many billing intervals of a state make up a month, as the numerator and the denominator of an exact fraction: a quarter
   is 1/3, two weeks are 52/24. A year has 52 weeks or 365 days. #}
{% macro intervals_per_month_numerator(state) -%}
    case {{ state }}.billing_interval when 'week' then 52 when 'day' then 365 else 1 end
{%- endmacro %}

{% macro intervals_per_month_denominator(state) -%}
    case {{ state }}.billing_interval when 'month' then 1 when 'quarter' then 3 else 12 end * coalesce({{ state }}.interval_count, 1)
{%- endmacro %}
