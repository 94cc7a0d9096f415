{# In an incremental build: a condition that keeps the rows of touched days, which the CTE touched_days lists. The linter sees
   no such build and takes the CTE for unused: noqa: ST03. #}
{% macro and_is_touched(user_id, date) -%}
    {%- if is_incremental() %}
        and ({{ user_id }}, {{ date }}) in (
            select touched_days.user_id, touched_days.activity_date from touched_days
        )
    {%- endif -%}
{%- endmacro %}
