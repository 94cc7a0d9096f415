{# After links were updated: remove ids that turned out not to belong to a device. #}
{% macro forget_lost_devices() -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }}
        where anonymous_id not in (
            select anonymous_id from {{ ref('stg_app__user_aliases') }} where same_as_user_id is null
            {%- if checked_var('events_link_devices') %}
            union all
            select anonymous_id from {{ ref('stg_app__event_ids') }} where anonymous_id is not null and user_id is not null
            {%- endif %}
        )
    {%- endif -%}
{%- endmacro %}
