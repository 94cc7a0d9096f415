{# Before anything is changed: check that each existing relation that this run would replace or write is ours, and that no
   table of somebody else inherits from it, because it would be emptied too. Costs one query. #}
{% macro refuse_foreign() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'seed', 'test', 'snapshot') -%}
        {%- do adapter.dispatch('refuse_foreign')() -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__refuse_foreign() %}
    {% set names = [schema_of('audit') ~ '.incremental_builds'] %}
    {% for table in mapped_sources() %}
        {% do names.append(schema_of('raw') ~ '.' ~ table) %}
    {% endfor %}
    {% for id in selected_resources if id in graph.nodes and graph.nodes[id].resource_type in ('model', 'seed') %}
        {% set name = graph.nodes[id].schema ~ '.' ~ graph.nodes[id].alias %}
        {# dbt removes relations with these names, because it may have left them there #}
        {% do names.extend([name, name ~ '__dbt_tmp', name ~ '__dbt_backup']) %}
    {% endfor %}
    {% set found = run_query(
        "select * from (select n.nspname || '.' || c.relname as name, case c.relkind when 'v' then 'view' "
        ~ "when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end as kind, "
        ~ is_marked("obj_description(c.oid, 'pg_class')") ~ " as is_ours, "
        ~ "(select min(cast(inhrelid::regclass as text)) from pg_inherits where inhparent = c.oid) as heir "
        ~ "from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid "
        ~ "where n.nspname || '.' || c.relname in ('" ~ names | join("', '") ~ "') and c.relkind in ('r', 'v', 'm', 'f', 'p')"
        ~ ") as there where not is_ours or heir is not null order by is_ours, name"
    ).rows %}
    {% if found and found[0].is_ours %}
        {{ exceptions.raise_compiler_error(
            found[0].heir ~ ' inherits from ' ~ found[0].name ~ ', and would be emptied when that is rebuilt: run: '
            ~ 'alter table ' ~ found[0].heir ~ ' no inherit ' ~ found[0].name
        ) }}
    {% endif %}
    {% set found = found | rejectattr('is_ours') | list %}
    {% if found %}
        {{ exceptions.raise_compiler_error(
            found[0][0] ~ (' and ' ~ (found | length - 1) ~ ' more' if found | length > 1 else '')
            ~ ': not made by productpulse, which would replace it: set PULSE_SCHEMA_PREFIX to build beside it, such as pulse_; or, '
            ~ 'if an older version made it, run: comment on ' ~ found[0][1] ~ ' ' ~ found[0][0] ~ ' is ' ~ marked()
        ) }}
    {% endif %}
{% endmacro %}

{% macro duckdb__refuse_foreign() %}
{% endmacro %}
