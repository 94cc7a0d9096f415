{%- set change = last_build('int_activity__classified_events') -%}

{{ config(post_hook="{{ remember_touched_days() }}") }}

with classified_events as (
    select *
    from {{ ref('int_activity__classified_events') }}
    {%- if change is not none and not change.is_full %}
    where built_at = cast('{{ change.built_at }}' as timestamp)
    {%- else %}
    where false
    {%- endif %}
),

final as (
    select user_id, event_date as activity_date
    from classified_events
    where row_status = 'accepted' and user_id is not null
    union
    -- the user who had the event until now lost it
    select previous_user_id as user_id, {{ local_date('occurred_at') }} as activity_date
    from classified_events
    where previous_user_id is not null
)

select * from final
