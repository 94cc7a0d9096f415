with platform_days as (
    select * from {{ ref('int_activity__platform_days') }}
),

touched_days as (
    select * from {{ ref('int_activity__touched_days') }}
),

days as (
    select user_id, activity_date, cast(null as timestamp) as first_at, cast(null as timestamp) as last_at, 1 as is_touched
    from touched_days
    union all
    select user_id, activity_date, first_at, last_at, 0 as is_touched
    from platform_days
    where user_id in (select touched_days.user_id from touched_days)
),

dates as (
    select
        user_id,
        activity_date,
        min(first_at) as first_at,
        max(last_at) as last_at,
        max(is_touched) as is_touched
    from days
    group by user_id, activity_date
),

neighbours as (
    select
        *,
        lag(activity_date) over by_date as previous_date,
        lag(last_at) over by_date as previous_at,
        lag(is_touched) over by_date as is_previous_touched
    from dates
    window by_date as (partition by user_id order by activity_date)
),

-- Between two untouched dates the pause between their events says whether a session goes on. To or from a touched date
-- a session may have gone on before the change, even over one date without events: with a gap of a day, or in a time
-- zone that once left out a date.
separated as (
    select
        *,
        case
            when 1 in (is_touched, is_previous_touched) then {{ add_days('previous_date', 2) }} < activity_date
            else previous_at + interval '{{ checked_var('session_gap_minutes') }} minutes' < first_at
        end as is_spell_start
    from neighbours
),

spells as (
    select
        *,
        count(case when is_spell_start then 1 end) over (
            partition by user_id order by activity_date rows between unbounded preceding and current row
        ) as spell_number
    from separated
),

marked as (
    select
        *,
        max(is_touched) over (partition by user_id, spell_number) as has_touched_day
    from spells
),

final as (
    select user_id, activity_date
    from marked
    where has_touched_day = 1
)

select * from final
