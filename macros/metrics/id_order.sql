{# What comes first of what happened at one moment, for an ascending `order by`: what the source's own sequence says, where
   there is one; then ids as they count, a shorter one before a longer one and equally long ones by code point, so that
   row-9 comes before row-10. It is a list of keys and a total order; ids that count nothing come in some order that is the
   same everywhere.
     id        the key of the row
     sequence  the source's number for the row, where its table has one; rows without come last #}
{% macro id_order(id, sequence=none) -%}
    {%- if sequence %}{{ sequence }} nulls last, {% endif -%}
    length({{ id }}), {{ text_order(id) }}
{%- endmacro %}
