{# Make every declared source readable: what is absent becomes empty, so that only `users` need exist.
   Runs before each build; changes nothing where nothing is missing. #}
{% macro prepare_raw() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'snapshot') -%}
        {%- do adapter.dispatch('prepare_raw')() -%}
    {%- endif -%}
{%- endmacro %}

{# Postgres: the loader's tables; create the missing ones and add missing columns. #}
{% macro default__prepare_raw() %}
    {% set mapped = mapped_sources() %}
    {% for node in graph.sources.values() %}
        {% do make_room(node, mapped) if node.source_name != 'audit' %}
    {% endfor %}
    {% set found = run_query(
        "select table_schema || '.' || table_name || '.' || column_name from information_schema.columns "
        ~ "where table_schema in ('" ~ schema_of('raw') ~ "', '" ~ schema_of('audit') ~ "')"
    ).columns[0].values() %}
    {% set statements = [] %}
    {% for node in graph.sources.values() if node.name not in mapped %}
        {% set relation = node.schema ~ '.' ~ node.name %}
        {% set missing = [] %}
        {% for column in node.columns.values() if (relation ~ '.' ~ column.name) not in found %}
            {% do missing.append(column.name ~ ' ' ~ column.data_type) %}
        {% endfor %}
        {% if missing | length == node.columns | length %}
            {% do statements.append('create schema if not exists ' ~ node.schema) %}
            {% do statements.append('create table if not exists ' ~ relation ~ ' (' ~ missing | join(', ') ~ ')') %}
        {% else %}
            {% for definition in missing %}
                {% do statements.append('alter table ' ~ relation ~ ' add column if not exists ' ~ definition) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {% if statements %}
        {% do run_query(statements | join('; ')) %}
    {% endif %}
    {% for node in graph.sources.values() if node.name in mapped %}
        {% do read_source(node, mapped[node.name]) %}
    {% endfor %}
{% endmacro %}

{# DuckDB: views over the Parquet files of the lake. #}
{% macro duckdb__prepare_raw() %}
    {% for node in graph.sources.values() if node.name in mapped_sources() %}
        {% do read_source(node, {}) %}
    {% endfor %}
    {% set lake = env_var('PULSE_LAKE', '.pulse/lake') | replace("'", "''") %}
    {% for node in graph.sources.values() %}
        {% set files = lake ~ '/*/' ~ node.name ~ '.parquet' %}
        {% set columns = [] %}
        {% set has_files = run_query("select count(*) from glob('" ~ files ~ "')").columns[0].values()[0] > 0 %}
        {% set found = run_query("select distinct name from parquet_schema('" ~ files ~ "')").columns[0].values() if has_files else [] %}
        {% for column in node.columns.values() %}
            {% do columns.append(
                'cast(' ~ (column.name if column.name in found else 'null') ~ ' as ' ~ column.data_type ~ ') as ' ~ column.name
            ) %}
        {% endfor %}
        {% do run_query('create schema if not exists ' ~ node.schema) %}
        {% do run_query(
            'create or replace view ' ~ node.schema ~ '.' ~ node.name ~ ' as select ' ~ columns | join(', ')
            ~ (" from read_parquet('" ~ files ~ "', union_by_name = true)" if has_files else ' where false')
        ) %}
    {% endfor %}
{% endmacro %}
