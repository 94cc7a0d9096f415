{# The setting `full_refresh` of models made of sessions: sessions of the source may cover any number of dates, so a touched
   day does not tell which of them to rebuild. #}
{% macro full_refresh_of_sessions() -%}
    {{ return(true if checked_var('use_source_sessions') else none) }}
{%- endmacro %}
