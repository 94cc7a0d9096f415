{# The memory of incremental models: one row per build of each, written together with the build's rows.
     is_full    whether the table was rebuilt
     seen_at    the last moment of loading that it saw; for the clock, the last moment that counts
     seen_rows  number of raw rows that it saw #}
{% macro prepare_incremental_builds() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set memory = schema_of('audit') ~ '.incremental_builds' -%}
        {%- do create_layer('audit') -%}
        {%- do run_query(
            'create table if not exists ' ~ memory ~ ' (model_name text, built_at timestamp, '
            ~ 'is_full boolean, fingerprint text, seen_at timestamp, seen_rows bigint); '
            ~ 'comment on table ' ~ memory ~ ' is ' ~ marked('One row per build of an incremental model.')
        ) -%}
    {%- endif -%}
{%- endmacro %}
