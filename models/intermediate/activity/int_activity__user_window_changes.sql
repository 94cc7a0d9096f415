with user_days as (
    select * from {{ ref('int_activity__user_days') }}
),

neighbours as (
    select
        user_id,
        activity_date,
        lag(activity_date) over (partition by user_id order by activity_date) as previous_date,
        lead(activity_date) over (partition by user_id order by activity_date) as next_date
    from user_days
),

changes as (
    {%- for window_name, days in [('wau', 7), ('mau', checked_var('mau_window_days'))] %}
    select
        user_id,
        '{{ window_name }}' as window_name,
        1 as change,
        activity_date as date
    from neighbours
    where previous_date is null or {{ add_days('previous_date', days) }} <= activity_date

    union all

    select
        user_id,
        '{{ window_name }}' as window_name,
        -1 as change,
        {{ add_days('activity_date', days) }} as date
    from neighbours
    where next_date is null or {{ add_days('activity_date', days) }} <= next_date
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select * from changes
