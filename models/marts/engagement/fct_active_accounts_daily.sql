with active_windows as (
    select * from {{ ref('int_activity__active_windows') }}
),

final as (
    select
        date,
        segment_name,
        segment_value,
        is_full_window,
        is_complete,
        dau,
        wau,
        mau,
        stickiness_rate,
        dau_mau_rate,
        as_of_date
    from active_windows
    where unit_type = 'account'
)

select * from final
