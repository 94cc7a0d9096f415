{# Before any model runs: when raw rows are gone, have a time of loading before rows that were already seen, or have no time of
   loading, forget all builds, so that everything is rebuilt. #}
{% macro forget_lost_rows() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set memory = schema_of('audit') ~ '.incremental_builds' -%}
        {%- set events = schema_of('raw') ~ '.events' -%}
        {%- set aliases = schema_of('raw') ~ '.user_aliases' -%}
        {%- set seen = '(select max({}) from ' ~ memory ~ " where model_name = '{}')" -%}
        {%- set loads = graph.nodes['model.productpulse.stg_app__event_loads'].relation_name -%}
        {%- set links = graph.nodes['model.productpulse.int_activity__identity_links'].relation_name -%}
        {%- set ids = graph.nodes['model.productpulse.stg_app__event_ids'].relation_name -%}
        {%- if last_build('stg_app__event_loads') is not none and last_build('stg_app__event_ids') is not none
            and last_build('int_activity__identity_links') is not none -%}
            {%- do run_query(
                'delete from ' ~ memory ~ ' where '
                ~ '(select count(loaded_at) from ' ~ events ~ ') <> (select coalesce(sum(row_count), 0) from ' ~ loads ~ ') + '
                ~ '(select count(*) from ' ~ events ~ ' where ' ~ utc_timestamp('loaded_at')
                ~ ' > (select max(loaded_at) from ' ~ loads ~ ')) or '
                ~ 'exists (select anonymous_id from ' ~ links ~ ' except (select anonymous_id from ' ~ aliases
                ~ ' union all select anonymous_id from ' ~ ids ~ ')) or '
                ~ '(select count(*) from ' ~ aliases ~ ') < ' ~ seen.format('seen_rows', 'int_activity__identity_links')
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
