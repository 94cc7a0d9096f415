{# Whether the engine knows a time zone with this name. #}
{% macro timezone_is_known(name) -%}
    {{ return(adapter.dispatch('timezone_is_known')(name)) }}
{%- endmacro %}

{% macro default__timezone_is_known(name) -%}
    {{ return(run_query("select count(*) from pg_timezone_names where name = '" ~ name ~ "'").columns[0].values()[0] > 0) }}
{%- endmacro %}

{% macro duckdb__timezone_is_known(name) -%}
    {{ return(run_query("select count(*) from pg_timezone_names() where name = '" ~ name ~ "'").columns[0].values()[0] > 0) }}
{%- endmacro %}
