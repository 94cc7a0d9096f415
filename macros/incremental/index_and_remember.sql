{# After a build with the strategy `replace`: a table made anew gets the index by which rows of touched days are found;
   the build is remembered. #}
{% macro index_and_remember() -%}
    {%- if not is_incremental() %}
    {{ create_index(this, config.get('unique_key') | join(', ')) }};
    {%- endif %}
    {{ remember_build() }}
{%- endmacro %}
