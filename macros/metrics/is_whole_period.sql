{# Whether the invoiced period of a relation, from period_start_at to period_end_at, is at least one billing interval of a
   state; a clock change may take an hour. #}
{% macro is_whole_period(billed, state) -%}
    {{ seconds_between(billed ~ '.period_start_at', billed ~ '.period_end_at') }} >= 86400 * {{ days_between(
        'cast(' ~ billed ~ '.period_start_at as date)',
        add_intervals('cast(' ~ billed ~ '.period_start_at as date)', '1', state)
    ) }} - 3600
{%- endmacro %}
