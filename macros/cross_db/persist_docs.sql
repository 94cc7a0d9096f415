{# In place of dbt's own: whatever is made gets its description and our mark, in the transaction that makes it. #}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {% do run_query('comment on ' ~ relation.type ~ ' ' ~ relation ~ ' is ' ~ marked(model.description)) %}
    {% do dbt.default__persist_docs(relation, model, false, for_columns) %}
{%- endmacro %}

{# The same as statements, for what is made in one: the description with our mark, and those of the columns if they are
   to be kept. #}
{% macro comments_sql(relation) -%}
    comment on {{ relation.type }} {{ relation }} is {{ marked(model.description) }};
    {%- for column in model.columns.values() if config.persist_column_docs() and column.description %}
    comment on column {{ relation }}.{{ column.name }} is {{ quoted(column.description) }};
    {%- endfor %}
{%- endmacro %}
