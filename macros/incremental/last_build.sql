{# What is remembered of the last build of a model, as {column: value}; none when there was no build. #}
{% macro last_build(model_name) -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set found = run_query(
            "select * from " ~ schema_of('audit') ~ ".incremental_builds where model_name = '" ~ model_name ~ "' order by built_at desc limit 1"
        ) -%}
        {{ return(found.rows[0].dict() if found.rows else none) }}
    {%- endif -%}
{%- endmacro %}
