{# The moment, as a naive UTC timestamp, until which the data were declared complete: a text like 2026-06-30T12:00:00Z, or
   2026-07-01 for the first moment of that day in the reporting time zone. #}
{% macro told_moment(expression) -%}
    case
        when length({{ expression }}) = 10
            then {{ start_of_local_date('cast(' ~ expression ~ ' as date)') }}
        else cast(replace(replace({{ expression }}, 'T', ' '), 'Z', '') as timestamp)
    end
{%- endmacro %}
