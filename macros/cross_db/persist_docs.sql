{# In place of dbt's own: whatever is made gets its description and our mark, in the transaction that makes it. #}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {% do run_query('comment on ' ~ relation.type ~ ' ' ~ relation ~ ' is ' ~ marked(model.description)) %}
    {% do dbt.default__persist_docs(relation, model, false, for_columns) %}
{%- endmacro %}
