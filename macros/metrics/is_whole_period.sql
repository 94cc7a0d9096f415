{# Whether what a relation invoices, from period_start_at to period_end_at, is at least one billing interval of a state; an hour may
   be lost to a clock change. #}
{% macro is_whole_period(billed, state) -%}
    {{ seconds_between(billed ~ '.period_start_at', billed ~ '.period_end_at') }} >= 86400 * {{ days_between(
        'cast(' ~ billed ~ '.period_start_at as date)',
        add_intervals('cast(' ~ billed ~ '.period_start_at as date)', '1', state)
    ) }} - 3600
{%- endmacro %}
