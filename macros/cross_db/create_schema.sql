{# In place of dbt's own: a schema that we make gets our mark; one that is there is left as it is. #}
{% macro postgres__create_schema(relation) -%}
    {% call statement('create_schema') -%}
        do $$
        begin
            if to_regnamespace('{{ relation.schema }}') is null then
                create schema {{ relation.schema }};
                comment on schema {{ relation.schema }} is {{ marked() }};
            end if;
        end
        $$
    {%- endcall %}
{%- endmacro %}

{# Make the schema of a layer unless it is there. #}
{% macro create_layer(layer) -%}
    {%- do adapter.create_schema(api.Relation.create(database=target.database, schema=schema_of(layer))) -%}
{%- endmacro %}
