{# In an incremental build: a condition that keeps the rows of touched days, which the CTE touched_days lists. #}
{% macro and_is_touched(user_id, date) -%}
    {%- if is_incremental() %}
        and ({{ user_id }}, {{ date }}) in (
            select touched_days.user_id, touched_days.activity_date from touched_days
        )
    {%- endif -%}
{%- endmacro %}
