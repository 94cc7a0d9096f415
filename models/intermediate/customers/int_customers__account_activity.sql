{%- set window = checked_var('mau_window_days') | int -%}

with scored_accounts as (
    select * from {{ ref('int_customers__scored_accounts') }}
),

scoring_days as (
    select * from {{ ref('int_customers__scoring_days') }}
),

account_days as (
    select account_days.*
    from {{ ref('int_activity__account_days') }} as account_days
    inner join {{ ref('stg_clock__as_of') }} as clock on account_days.activity_date <= clock.as_of_date
),

user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

feature_uses as (
    select * from {{ ref('int_activity__counted_feature_uses') }}
),

entitlements as (
    select * from {{ ref('int_activity__feature_entitlements') }}
),

use as (
    select
        account_days.account_id,
        scoring_days.month,
        sum(case when scoring_days.days_before <= {{ window }} then account_days.user_count else 0 end) as user_days,
        sum(case when scoring_days.days_before > {{ window }} then account_days.user_count else 0 end) as earlier_user_days
    from account_days
    inner join scoring_days
        on account_days.activity_date = scoring_days.date and scoring_days.days_before <= {{ 2 * window }}
    group by account_days.account_id, scoring_days.month
),

active_users as (
    select
        users.account_id,
        scoring_days.month,
        count(distinct user_days.user_id) as active_users
    from user_days
    inner join users on user_days.user_id = users.user_id
    inner join scoring_days
        on user_days.activity_date = scoring_days.date and scoring_days.days_before <= {{ window }}
    group by users.account_id, scoring_days.month
),

-- the last active date up to each month, also for months without activity
last_days as (
    select
        account_id,
        month,
        max(max(last_date)) over (
            partition by account_id order by month rows between unbounded preceding and current row
        ) as last_active_date
    from (
        select account_id, {{ period_start('month', 'activity_date') }} as month, activity_date as last_date
        from account_days
        union all
        select account_id, month, null as last_date from scored_accounts
    ) as activity
    group by account_id, month
),

features_used as (
    select distinct
        users.account_id,
        scoring_days.month,
        feature_uses.feature_id
    from feature_uses
    inner join users on feature_uses.user_id = users.user_id
    inner join scoring_days
        on feature_uses.activity_date = scoring_days.date and scoring_days.days_before <= {{ window }}
),

features_entitled as (
    select distinct
        scored_accounts.account_id,
        scored_accounts.month,
        entitlements.feature_id
    from scored_accounts
    inner join entitlements
        on scored_accounts.account_id = entitlements.account_id
        and entitlements.valid_from < scored_accounts.scoring_date
        and (entitlements.valid_to is null or entitlements.valid_to >= scored_accounts.scoring_date)
),

adoption as (
    select
        features_entitled.account_id,
        features_entitled.month,
        count(*) - count(features_used.feature_id) as unused_features
    from features_entitled
    left join features_used
        on features_entitled.account_id = features_used.account_id
        and features_entitled.month = features_used.month
        and features_entitled.feature_id = features_used.feature_id
    group by features_entitled.account_id, features_entitled.month
),

final as (
    select
        scored_accounts.account_id,
        scored_accounts.month,
        coalesce(active_users.active_users, 0) as active_users,
        adoption.unused_features,
        cast(use.earlier_user_days - use.user_days as double precision)
        / nullif(use.earlier_user_days, 0) as usage_drop_rate,
        {{ days_between('last_days.last_active_date', 'scored_accounts.scoring_date') }} - 1 as days_silent
    from scored_accounts
    left join use
        on scored_accounts.account_id = use.account_id and scored_accounts.month = use.month
    left join active_users
        on scored_accounts.account_id = active_users.account_id and scored_accounts.month = active_users.month
    left join last_days
        on scored_accounts.account_id = last_days.account_id and scored_accounts.month = last_days.month
    left join adoption
        on scored_accounts.account_id = adoption.account_id and scored_accounts.month = adoption.month
)

select * from final
