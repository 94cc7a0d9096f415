{# The role `pulse_reporter`, which can read only marts and learned tables. When the builder may not create roles, a notice
   says so and the build continues. #}
{% macro create_reporter_role() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- do adapter.dispatch('create_reporter_role')() -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__create_reporter_role() %}
    {% set exists = run_query("select count(*) from pg_roles where rolname = 'pulse_reporter'").columns[0].values()[0] %}
    {% set may_create = run_query(
        "select count(*) from pg_roles where rolname = current_user and (rolsuper or rolcreaterole)"
    ).columns[0].values()[0] %}
    {% if not exists and may_create %}
        {% do run_query('create role pulse_reporter nologin') %}
    {% endif %}
    {% if exists or may_create %}
        {# here once and not with each mart, because simultaneous grants on one schema collide #}
        {% set marts = schema_of('marts') %}
        {% set grant = 'grant usage on schema ' ~ marts ~ ' to pulse_reporter' %}
        {% do create_layer('marts') %}
        {% set is_ours, is_granted = run_query(
            "select " ~ is_marked("obj_description(to_regnamespace('" ~ marts ~ "'), 'pg_namespace')")
            ~ ", has_schema_privilege('pulse_reporter', '" ~ marts ~ "', 'usage')"
        ).rows[0].values() %}
        {% if is_ours %}
            {% do run_query(grant) %}
        {% elif not is_granted %}
            {% do log(
                'the schema ' ~ marts ~ ' existed before, so its rights are not changed; its owner must run: ' ~ grant ~ ';', info=true
            ) %}
        {% endif %}
    {% else %}
        {% do log(
            'there is no role pulse_reporter and ' ~ target.user ~ ' may not create it, so no role gets access to the marts; '
            ~ 'an administrator must run: ' ~ reporter_sql(), info=true
        ) %}
    {% endif %}
{% endmacro %}

{% macro duckdb__create_reporter_role() %}
{% endmacro %}
