with user_periods as (
    select * from {{ ref('int_activity__user_periods') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

features as (
    select * from {{ ref('stg_reference__features') }}
),

entitlements as (
    select * from {{ ref('int_activity__feature_entitlements') }}
),

feature_periods as (
    select * from {{ ref('int_activity__feature_periods') }}
),

-- all users of an account have the same entitlements
account_periods as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        users.account_id,
        user_periods.period_grain,
        count(*) as user_count,
        user_periods.period_start,
        {{ next_period_start(grain, 'user_periods.period_start') }} as next_start
    from user_periods
    inner join users on user_periods.user_id = users.user_id
    where user_periods.period_grain = '{{ grain }}' and user_periods.lifecycle_state <> 'dormant'
    group by users.account_id, user_periods.period_grain, user_periods.period_start
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

candidates as (
    select
        account_periods.account_id,
        entitlements.feature_id,
        account_periods.period_grain,
        account_periods.user_count,
        account_periods.period_start
    from account_periods
    inner join entitlements
        on account_periods.account_id = entitlements.account_id
        and account_periods.next_start > entitlements.valid_from
        and (entitlements.valid_to is null or account_periods.period_start < entitlements.valid_to)

    union all

    -- users who use a feature without an entitlement evidently can use it
    select
        users.account_id,
        feature_periods.feature_id,
        feature_periods.period_grain,
        count(*) as user_count,
        feature_periods.period_start
    from feature_periods
    inner join users on feature_periods.user_id = users.user_id
    where feature_periods.feature_id in (select features.feature_id from features where not features.is_for_everybody)
    group by users.account_id, feature_periods.feature_id, feature_periods.period_grain, feature_periods.period_start
),

eligible as (
    select
        account_id,
        feature_id,
        period_grain,
        -- all active users of an entitled account, however many subscriptions entitle it, else those who used the feature
        max(user_count) as user_count,
        period_start
    from candidates
    group by account_id, feature_id, period_grain, period_start

    union all

    select
        account_periods.account_id,
        features.feature_id,
        account_periods.period_grain,
        account_periods.user_count,
        account_periods.period_start
    from account_periods
    cross join features
    where features.is_for_everybody
),

final as (
    select
        feature_id,
        period_grain,
        cast(sum(user_count) as bigint) as user_count,
        period_start
    from eligible
    group by feature_id, period_grain, period_start
)

select * from final
