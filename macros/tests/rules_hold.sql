{# Conditions that must hold for every row, all counted in one pass. One row per rule that is broken, with the number of
   rows that break it.
     rules  names, and the condition of each; null is false #}
{% test rules_hold(model, rules) %}
{{ config(fail_calc='coalesce(sum(row_count), 0)') }}
with broken as (
    select
    {%- for condition in rules.values() %}
        sum(case when {{ condition | trim }} then 0 else 1 end) as rule_{{ loop.index }}{{ ',' if not loop.last }}
    {%- endfor %}
    from {{ model }}
)
{% for name, condition in rules.items() %}
select {{ quoted(name) }} as rule_name, {{ quoted(condition | trim) }} as rule_condition, rule_{{ loop.index }} as row_count
from broken
where rule_{{ loop.index }} > 0
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endtest %}
