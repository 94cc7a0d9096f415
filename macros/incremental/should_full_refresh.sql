{# Replaces dbt's own macro: an incremental model is rebuilt on request, and also when adding to it would not give the same
   rows. #}
{% macro should_full_refresh() -%}
    {%- set asked = config.get('full_refresh') -%}
    {%- set asked = flags.FULL_REFRESH if asked is none else asked -%}
    {{ return(asked or (execute and model.config.materialized == 'incremental' and is_outdated())) }}
{%- endmacro %}

{# Whether the rows of the present model cannot be extended: no build is remembered, they were made by other rules, or it is
   not known any more what changed in the model that it follows (`meta.follows`). #}
{% macro is_outdated() -%}
    {%- set last = last_build(model.name) -%}
    {%- set followed = config.get('meta', {}).get('follows') -%}
    {{ return(
        last is none
        or last.fingerprint != fingerprint()
        or (followed is not none and has_missed_builds(model.name, followed))
    ) }}
{%- endmacro %}
