{# For each column of a mart that names rows of a dimension, the dimension with that column as its key. A column whose rows may
   be missing there is in the mart's `meta: {without_parent: …}` with the reason. #}
{% macro parents(model) -%}
    {%- set found = {} -%}
    {%- for dimension in public_models() if dimension.name.startswith('dim_') and dimension.name != model.name -%}
        {%- set grain = grain_of(dimension) -%}
        {%- if grain | length == 1 and grain[0] in model.columns and grain[0] not in model.config.meta.get('without_parent', {}) -%}
            {%- do found.update({grain[0]: dimension}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
