{# Make every declared source readable: a missing table becomes an empty one, so that only `users` must exist. It runs before
   each build and changes nothing when nothing is missing. #}
{% macro prepare_raw() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'snapshot') -%}
        {%- do adapter.dispatch('prepare_raw')() -%}
    {%- endif -%}
{%- endmacro %}

{# Postgres: create the loader's missing tables and add missing columns. A table that somebody else made is read and never
   altered. #}
{% macro default__prepare_raw() %}
    {% set mapped = mapped_sources() %}
    {% for node in graph.sources.values() %}
        {% do make_room(node, mapped) if node.source_name != 'audit' %}
    {% endfor %}
    {% set found = {} %}
    {% set others = [] %}
    {% for row in run_query(
        "select n.nspname || '.' || c.relname, a.attname, " ~ is_marked("obj_description(c.oid, 'pg_class')")
        ~ " from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid "
        ~ "inner join pg_attribute as a on c.oid = a.attrelid "
        ~ "where n.nspname in ('" ~ schema_of('raw') ~ "', '" ~ schema_of('audit') ~ "') "
        ~ "and c.relkind in ('r', 'v', 'm', 'f', 'p') and a.attnum > 0 and not a.attisdropped"
    ).rows %}
        {% do found.setdefault(row[0], []).append(row[1]) %}
        {% do others.append(row[0]) if not row[2] %}
    {% endfor %}
    {% set statements = [] %}
    {% for node in graph.sources.values() if node.name not in mapped %}
        {% set relation = node.schema ~ '.' ~ node.name %}
        {% set missing = [] %}
        {% for column in node.columns.values() if column.name not in found.get(relation, []) %}
            {% do missing.append(column) %}
        {% endfor %}
        {% if relation not in found %}
            {% set columns = [] %}
            {% for column in missing %}
                {% do columns.append(column.name ~ ' ' ~ column.data_type) %}
            {% endfor %}
            {% do statements.append('create table if not exists ' ~ relation ~ ' (' ~ columns | join(', ') ~ ')') %}
            {% do statements.append('comment on table ' ~ relation ~ ' is ' ~ marked(node.description)) %}
        {% elif missing and relation in others %}
            {{ exceptions.raise_compiler_error(
                relation ~ ': not made by productpulse, and lacks ' ~ missing | map(attribute='name') | join(', ')
                ~ ': add them, or set PULSE_SCHEMA_PREFIX, such as pulse_, and name it in sources'
            ) }}
        {% else %}
            {% for column in missing %}
                {% do statements.append(
                    'alter table ' ~ relation ~ ' add column if not exists ' ~ column.name ~ ' ' ~ column.data_type
                ) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {% if statements %}
        {% do create_layer('raw') %}
        {% do create_layer('audit') %}
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
