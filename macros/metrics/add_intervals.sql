{# The date some billing intervals of a state after a date. #}
{% macro add_intervals(date, number, state) -%}
    case
        when {{ state }}.billing_interval in ('week', 'day')
            then {{ add_days(
                date,
                'cast(' ~ number ~ ' * coalesce(' ~ state ~ '.interval_count, 1) * case '
                ~ state ~ ".billing_interval when 'week' then 7 else 1 end as integer)"
            ) }}
        else {{ add_months(
            date,
            'cast(' ~ number ~ ' * coalesce(' ~ state ~ '.interval_count, 1) * case '
            ~ state ~ ".billing_interval when 'year' then 12 when 'quarter' then 3 else 1 end as integer)"
        ) }}
    end
{%- endmacro %}
