{# Replaces dbt's own macro: a schema that we create gets our mark; an existing one stays as it is. #}
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

{# Create the schema of a layer unless it exists. #}
{% macro create_layer(layer) -%}
    {%- do adapter.create_schema(api.Relation.create(database=target.database, schema=schema_of(layer))) -%}
{%- endmacro %}
