{# First date of the same period a year before one that begins on a date, for a grain that stands in a column: the same date, or
   52 weeks earlier. 29 February compares with 28 February. #}
{% macro period_a_year_before(grain, date) -%}
    case {{ grain }}
        when 'week' then {{ add_days(date, -364) }}
        else {{ add_months(date, -12) }}
    end
{%- endmacro %}
