{# Replaces dbt's own macro: every relation gets its description and our mark in the transaction that creates it. #}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {% do run_query('comment on ' ~ relation.type ~ ' ' ~ relation ~ ' is ' ~ marked(model.description)) %}
    {% do dbt.default__persist_docs(relation, model, false, for_columns) %}
{%- endmacro %}

{# The same as statements, for a relation that is created by one: the description with our mark, and the descriptions of the
   columns if they are kept. #}
{% macro comments_sql(relation) -%}
    comment on {{ relation.type }} {{ relation }} is {{ marked(model.description) }};
    {%- for column in model.columns.values() if config.persist_column_docs() and column.description %}
    comment on column {{ relation }}.{{ column.name }} is {{ quoted(column.description) }};
    {%- endfor %}
{%- endmacro %}
