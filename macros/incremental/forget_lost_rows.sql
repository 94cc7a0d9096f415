{# Before any model runs: where raw rows are gone, or came as if loaded before others that were already seen, nothing
   is remembered any more, so that all is made anew. #}
{% macro forget_lost_rows() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set memory = schema_of('audit') ~ '.incremental_builds' -%}
        {%- set events = schema_of('raw') ~ '.events' -%}
        {%- set seen = '(select max({}) from ' ~ memory ~ " where model_name = '{}')" -%}
        {%- set loads = graph.nodes['model.productpulse.stg_app__event_loads'].relation_name -%}
        {%- if last_build('stg_app__event_loads') is not none and last_build('int_activity__identity_links') is not none -%}
            {%- do run_query(
                'delete from ' ~ memory ~ ' where '
                ~ '(select count(*) from ' ~ events ~ ') <> (select coalesce(sum(row_count), 0) from ' ~ loads ~ ') + '
                ~ '(select count(*) from ' ~ events ~ ' where ' ~ utc_timestamp('loaded_at')
                ~ ' > (select max(loaded_at) from ' ~ loads ~ ')) or '
                ~ '(select count(*) from ' ~ schema_of('raw') ~ '.user_aliases) < ' ~ seen.format('seen_rows', 'int_activity__identity_links')
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
