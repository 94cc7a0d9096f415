{{ config(materialized='view') }}

with sessions as (
    select * from {{ ref('int_activity__sessions_so_far') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select sessions.*
    from sessions
    cross join clock
    where sessions.session_date <= clock.as_of_date
)

select * from final
