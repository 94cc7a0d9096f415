{# Before and after a reference table is filled: it gets the columns that its description declares and its file leaves
   out, so that files of an earlier version, or of your own, still fit. They are empty then.
     is_there  whether the table surely exists, as after it was filled #}
{% macro complete_seed(is_there=false) -%}
    {%- if execute -%}
        {%- if is_there or adapter.get_relation(this.database, this.schema, this.identifier) -%}
            {%- set found = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
            {%- for column, type in config.get('column_types', {}).items() if column not in found -%}
                {%- do run_query('alter table ' ~ this ~ ' add column ' ~ column ~ ' ' ~ type) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
