{# The columns of a raw table for which its source declares limits, each with its accepted values or the conditions under
   which it is out of its bounds; null is out of bounds in a required column. Money is called `_minor_units` in staging.
     declared    [source, table], or an empty list #}
{% macro limited_columns(declared) -%}
    {%- set limited = [] -%}
    {#- while dbt parses, it knows no sources yet -#}
    {%- for node in (graph.sources.values() if execute and declared else []) if [node.source_name, node.name] == declared -%}
        {%- for column in node.columns.values() -%}
            {%- set meta = column.config.meta -%}
            {%- set name = 'renamed.' ~ column.name ~ ('_minor_units' if meta.is_money) -%}
            {%- set bounds = [] -%}
            {%- if meta.lowest is defined -%} {%- do bounds.append(name ~ ' < ' ~ meta.lowest) -%} {%- endif -%}
            {%- if meta.highest is defined -%} {%- do bounds.append(name ~ ' > ' ~ meta.highest) -%} {%- endif -%}
            {%- if bounds and meta.presence is not defined -%} {%- do bounds.append(name ~ ' is null') -%} {%- endif -%}
            {%- do limited.append({'name': column.name, 'accepted_values': meta.accepted_values, 'bounds': bounds}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(limited) }}
{%- endmacro %}
