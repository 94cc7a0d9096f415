{# The memory of incremental models: one row per build of each, written together with the build's rows.
     is_full    whether the table was made anew
     seen_at    how far it saw: the last moment of loading; of the clock, the last moment that counts
     seen_rows  how many raw rows it saw #}
{% macro prepare_incremental_builds() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- do run_query(
            'create schema if not exists ' ~ schema_of('audit') ~ '; '
            ~ 'create table if not exists ' ~ schema_of('audit') ~ '.incremental_builds (model_name text, built_at timestamp, '
            ~ 'is_full boolean, fingerprint text, seen_at timestamp, seen_rows bigint)'
        ) -%}
    {%- endif -%}
{%- endmacro %}
