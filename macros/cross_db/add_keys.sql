{# After a mart is written: its grain becomes its primary key, and columns that name rows of dimensions are indexed, but for
   those with which the key begins. Nothing where the engine scans as quickly. #}
{% macro add_keys() -%}
    {%- if execute -%}
        {{ return(adapter.dispatch('add_keys')()) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__add_keys() -%}
    {%- set grain = grain_of(model) -%}
    alter table {{ this }} add primary key ({{ grain | join(', ') }})
    {%- for column in parents(model) if column != grain[0] %};
    {{ create_index(this, column) }}
    {%- endfor %}
{%- endmacro %}

{% macro duckdb__add_keys() -%}
{%- endmacro %}
