{{ config(materialized='view') }}

with user_days as (
    select * from {{ ref('int_activity__user_days_so_far') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select user_days.*
    from user_days
    cross join clock
    where user_days.activity_date <= clock.as_of_date
)

select * from final
