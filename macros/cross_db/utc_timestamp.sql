{# A timestamptz as the naive UTC timestamp that everything after staging uses, so that no result depends on the time zone of a
   session. #}
{% macro utc_timestamp(expression) -%}
    {{ return(adapter.dispatch('utc_timestamp')(expression)) }}
{%- endmacro %}

{% macro default__utc_timestamp(expression) -%}
    (({{ expression }}) at time zone 'UTC')
{%- endmacro %}
