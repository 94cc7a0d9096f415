{# After a build with the strategy `replace`: a rebuilt table gets the index that finds rows of touched days, and the build is
   remembered. #}
{% macro index_and_remember() -%}
    {%- if not is_incremental() %}
    {{ create_index(this, config.get('unique_key') | join(', ')) }};
    {%- endif %}
    {{ remember_build() }}
{%- endmacro %}
