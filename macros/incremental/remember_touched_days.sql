{# The touched days are those of the last change of events; when they missed a change, the models that follow them must be
   rebuilt. #}
{% macro remember_touched_days() -%}
    {%- if execute -%}
        {%- set own = last_build(model.name) -%}
        {%- set change = last_build('int_activity__classified_events') -%}
        {{ remember_build(
            is_full=has_missed_builds(model.name, 'int_activity__classified_events'),
            has_changed=own is none or change.built_at > own.built_at
        ) }}
    {%- endif -%}
{%- endmacro %}
