{# Replaces dbt's own materializations of tables and views, which send a dozen statements each: one statement creates the
   relation with its comments and puts it in the place of the old one. `create table as` may use several workers; `insert`,
   which dbt uses for a model contract, may not. #}
{% materialization table, adapter='postgres' %}
    {{ return(make_relation('table')) }}
{% endmaterialization %}

{% materialization view, adapter='postgres' %}
    {{ return(make_relation('view')) }}
{% endmaterialization %}

{% materialization table, adapter='duckdb' %}
    {{ return(make_relation('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(make_relation('view')) }}
{% endmaterialization %}

{% macro make_relation(kind) -%}
    {%- set relation = this.incorporate(type=kind) -%}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}
    {%- if config.get('contract').enforced %}
        {%- do get_assert_columns_equivalent(sql) -%}
    {%- endif %}
    {% call statement('main') -%}
        {{ adapter.dispatch('make_relation_sql')(relation, load_cached_relation(this)) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [relation]}) }}
{%- endmacro %}

{% macro default__make_relation_sql(relation, existing) -%}
    {%- set new = make_intermediate_relation(relation) -%}
    create {{ relation.type }} {{ new }} as
    {{ contracted(sql) }};
    {{ comments_sql(new) }}
    {{ take_place(new, relation) }}
{%- endmacro %}

{% macro duckdb__make_relation_sql(relation, existing) -%}
    {%- if existing and existing.type != relation.type -%}
        drop {{ existing.type }} {{ existing }};
    {%- endif %}
    create or replace {{ relation.type }} {{ relation }} as
    {{ contracted(sql) }};
    {{ comments_sql(relation) }}
{%- endmacro %}

{# The query of a model, with the columns in the order and with the types of its model contract, if it has one. #}
{% macro contracted(sql) -%}
    {%- if not config.get('contract').enforced -%}
    {{ sql }}
    {%- else -%}
    select
    {%- for column in model.columns.values() %}
        cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
    {%- endfor %}
    from (
    {{ sql }}
    ) as model
    {%- endif -%}
{%- endmacro %}
