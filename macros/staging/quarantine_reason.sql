{# Why a row is in no metric, when the reason is more than that another row has its key. #}
{% macro quarantine_reason() -%}
    case when rejection_reason is null and arrival_number > 1 and is_conflict then 'conflicting_key' else rejection_reason end
{%- endmacro %}
