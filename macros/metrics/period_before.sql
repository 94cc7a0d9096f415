{# First date of the period before one that begins on a date, for a grain that stands in a column. #}
{% macro period_before(grain, date) -%}
    case {{ grain }}
        when 'day' then {{ add_days(date, -1) }}
        when 'week' then {{ add_days(date, -7) }}
        when 'month' then {{ add_months(date, -1) }}
        when 'quarter' then {{ add_months(date, -3) }}
        else {{ add_months(date, -12) }}
    end
{%- endmacro %}
