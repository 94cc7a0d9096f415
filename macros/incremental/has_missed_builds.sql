{# Whether a model cannot tell what changed in the model that it follows since its own last build: that model was rebuilt, or
   changed more than once, and only the last change is kept. #}
{% macro has_missed_builds(model_name, followed) -%}
    {%- set last = last_build(model_name) -%}
    {%- if last is none -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set later = run_query(
        "select count(*) > 1 or count(*) filter (where is_full) > 0 from " ~ schema_of('audit')
        ~ ".incremental_builds where model_name = '" ~ followed ~ "' and built_at > cast('" ~ last.built_at ~ "' as timestamp)"
    ) -%}
    {{ return(later.columns[0].values()[0]) }}
{%- endmacro %}
