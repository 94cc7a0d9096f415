with user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- days already have one row each
active_periods as (
    {%- for grain in ['day', 'week', 'month'] %}
    select{{ ' distinct' if grain != 'day' }}
        user_id,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'activity_date') }} as period_start,
        {{ next_period_start(grain, period_start(grain, 'activity_date')) }} as next_start
    from user_days
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

neighbours as (
    select
        user_id,
        period_grain,
        period_start,
        next_start,
        lag(next_start) over (
            partition by user_id, period_grain order by period_start
        ) as start_after_previous,
        lead(period_start) over (
            partition by user_id, period_grain order by period_start
        ) as next_active_start
    from active_periods
),

final as (
    select
        user_id,
        period_grain,
        case
            when start_after_previous is null then 'new'
            when start_after_previous = period_start then 'retained'
            else 'resurrected'
        end as lifecycle_state,
        period_start
    from neighbours

    union all

    select
        neighbours.user_id,
        neighbours.period_grain,
        'dormant' as lifecycle_state,
        neighbours.next_start as period_start
    from neighbours
    cross join clock
    where
        (neighbours.next_active_start is null or neighbours.next_active_start > neighbours.next_start)
        -- a period that has not begun has no dormant users yet
        and neighbours.next_start <= clock.as_of_date
)

select * from final
