{# The order of rows of the same moment, for an ascending `order by`: by the source's own sequence, when there is one; then
   by id, a shorter one before a longer one and equally long ones by code point, so that row-9 comes before row-10. It is a
   list of keys and a total order; ids that are not numbered come in an order that is the same everywhere.
     id        the key of the row
     sequence  the source's number for the row, when its table has one; rows without it come last #}
{% macro id_order(id, sequence=none) -%}
    {%- if sequence %}{{ sequence }} nulls last, {% endif -%}
    length({{ id }}), {{ text_order(id) }}
{%- endmacro %}
