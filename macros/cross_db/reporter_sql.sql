{# The statements that let `pulse_reporter` read marts and the tables that later builds create there, for an administrator when
   the builder may not run them. One line, so that it can be copied whole. #}
{% macro reporter_sql() -%}
    {%- set schema = schema_of('marts') -%}
    {{ return(
        'create role pulse_reporter nologin; '
        ~ 'grant usage on schema ' ~ schema ~ ' to pulse_reporter; '
        ~ 'grant select on all tables in schema ' ~ schema ~ ' to pulse_reporter; '
        ~ 'alter default privileges for role ' ~ adapter.quote(target.user) ~ ' in schema ' ~ schema
        ~ ' grant select on tables to pulse_reporter;'
    ) }}
{%- endmacro %}
