{# The columns of a raw table that its source declares as limited, each with its accepted values or the conditions under
   which it is out of its bounds; nothing is, where it must be filled. Money is called `_cents` in staging.
     declared    [source, table], or nothing #}
{% macro limited_columns(declared) -%}
    {%- set limited = [] -%}
    {#- while it parses, dbt knows no sources yet -#}
    {%- for node in (graph.sources.values() if execute and declared else []) if [node.source_name, node.name] == declared -%}
        {%- for column in node.columns.values() -%}
            {%- set meta = column.config.meta -%}
            {%- set name = 'renamed.' ~ column.name ~ ('_cents' if meta.is_money) -%}
            {%- set bounds = [] -%}
            {%- if meta.lowest is defined -%} {%- do bounds.append(name ~ ' < ' ~ meta.lowest) -%} {%- endif -%}
            {%- if meta.highest is defined -%} {%- do bounds.append(name ~ ' > ' ~ meta.highest) -%} {%- endif -%}
            {%- if bounds and meta.presence is not defined -%} {%- do bounds.append(name ~ ' is null') -%} {%- endif -%}
            {%- do limited.append({'name': column.name, 'accepted_values': meta.accepted_values, 'bounds': bounds}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(limited) }}
{%- endmacro %}
