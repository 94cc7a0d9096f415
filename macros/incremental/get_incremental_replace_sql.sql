{# The incremental strategy `replace`: all rows of touched days are deleted, also when no new rows replace them.
     unique_key    the model's columns for the user and for the date
     meta.touched  the model that lists touched days: user_id, activity_date #}
{% macro get_incremental_replace_sql(arguments) -%}
    {%- set user_id, date = arguments.unique_key -%}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments.target_relation }} as replaced
    using {{ ref(config.get('meta').touched) }} as touched
    where replaced.{{ user_id }} = touched.user_id and replaced.{{ date }} = touched.activity_date;
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{%- endmacro %}
