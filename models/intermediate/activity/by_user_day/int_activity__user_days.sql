{{ config(
    unique_key=['user_id', 'activity_date'],
    meta={'touched': 'int_activity__touched_neighbours'},
    pre_hook="{{ prefer_sorting() if not is_incremental() }}"
) }}

with platform_days as (
    select * from {{ ref('int_activity__platform_days') }}
),

touched_days as ( -- noqa: ST03
    select * from {{ ref('int_activity__touched_neighbours') }}
),

days as (
    select
        user_id,
        cast(sum(event_count) as bigint) as event_count,
        activity_date,
        lag(activity_date) over by_date as previous_date,
        lead(activity_date) over by_date as next_date
    from platform_days
    where
        event_count > 0
        {%- if is_incremental() %}
        and user_id in (select touched_days.user_id from touched_days)
        {%- endif %}
    group by user_id, activity_date
    window by_date as (partition by user_id order by activity_date)
),

final as (
    select *
    from days
    where
        true
        {{- and_is_touched('user_id', 'activity_date') }}
)

select * from final
