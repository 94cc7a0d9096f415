{# The setting `full_refresh` of what is made of sessions: those of the source may reach over any number of dates, so
   a touched day does not tell which of them to make again. #}
{% macro full_refresh_of_sessions() -%}
    {{ return(true if checked_var('use_source_sessions') else none) }}
{%- endmacro %}
