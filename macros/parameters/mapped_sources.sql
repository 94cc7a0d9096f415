{# The raw tables that the var `sources` reads from existing relations, as {table: {relation, columns, loaded_at, where}}. A
   wrong mapping stops the build with one line before anything is built. #}
{% macro mapped_sources() -%}
    {%- set columns_of = {} -%}
    {%- for node in graph.sources.values() if node.source_name != 'audit' -%}
        {%- do columns_of.update({
            node.name: node.columns.values() | rejectattr('config.meta.presence', 'equalto', 'loader') | map(attribute='name') | list
        }) -%}
    {%- endfor -%}
    {%- set keys = ['relation', 'columns', 'loaded_at', 'where'] -%}
    {%- set mapped = {} -%}
    {%- for table, said in checked_var('sources').items() -%}
        {%- set mapping = {'relation': said} if said is string else said -%}
        {%- if table not in columns_of -%}
            {{ wrong_source(table, "there is no such raw table; there are " ~ columns_of | sort | join(', ')) }}
        {%- elif mapping is not mapping or mapping.relation is not string -%}
            {{ wrong_source(table, "write a relation such as analytics." ~ table ~ ", or {" ~ keys | join(', ') ~ "}") }}
        {%- endif -%}
        {%- for key in mapping if key not in keys -%}
            {{ wrong_source(table, "there is no '" ~ key ~ "'; there are " ~ keys | join(', ')) }}
        {%- endfor -%}
        {%- for column in mapping.columns or {} if column not in columns_of[table] -%}
            {{ wrong_source(table, "the raw table has no column " ~ column ~ "; it has " ~ columns_of[table] | join(', ')) }}
        {%- endfor -%}
        {%- do mapped.update({table: mapping}) -%}
    {%- endfor -%}
    {{ return(mapped) }}
{%- endmacro %}

{% macro wrong_source(table, says) -%}
    {{ exceptions.raise_compiler_error("sources, " ~ table ~ ": " ~ says) }}
{%- endmacro %}
