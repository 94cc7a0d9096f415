{{ config(materialized='view') }}

with feature_uses as (
    select * from {{ ref('int_activity__feature_uses') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        feature_uses.user_id,
        feature_uses.feature_id,
        feature_uses.hour,
        feature_uses.event_count,
        feature_uses.activity_date
    from feature_uses
    inner join users on feature_uses.user_id = users.user_id
    cross join clock
    where
        users.is_counted
        -- the allowed skew may reach into the next day
        and feature_uses.activity_date <= clock.as_of_date
)

select * from final
