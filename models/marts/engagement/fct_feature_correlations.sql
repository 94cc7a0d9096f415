{%- set window_days = checked_var('mau_window_days') | int -%}

with feature_periods as (
    select * from {{ ref('int_activity__feature_periods') }}
),

user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

features as (
    select * from {{ ref('dim_features') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

active_users as (
    select
        user_days.user_id,
        min(user_days.activity_date) <= {{ add_days('max(clock.as_of_date)', -2 * window_days) }} as is_eligible,
        max(user_days.activity_date) > {{ add_days('max(clock.as_of_date)', -window_days) }} as is_recent
    from user_days
    cross join clock
    group by user_days.user_id
),

totals as (
    select
        count(*) as users,
        count(*) filter (where is_eligible) as eligible_users,
        count(*) filter (where is_eligible and is_recent) as retained_users
    from active_users
),

adopters as (
    select
        feature_periods.feature_id,
        feature_periods.user_id,
        active_users.is_eligible,
        active_users.is_recent
    from feature_periods
    inner join active_users on feature_periods.user_id = active_users.user_id
    where feature_periods.period_grain = 'day' and feature_periods.period_start = feature_periods.first_use_date
),

adoption as (
    select
        features.feature_id,
        count(adopters.user_id) as users,
        count(*) filter (where adopters.is_eligible) as eligible_users,
        count(*) filter (where adopters.is_eligible and adopters.is_recent) as retained_users
    from features
    left join adopters on features.feature_id = adopters.feature_id
    group by features.feature_id
),

shared as (
    select
        a.feature_id as feature_a,
        b.feature_id as feature_b,
        count(*) as users
    from adopters as a
    inner join adopters as b
        on a.user_id = b.user_id
        and {{ text_order('a.feature_id') }} < {{ text_order('b.feature_id') }}
    group by a.feature_id, b.feature_id
),

pairs as (
    select
        a.feature_id as feature_a,
        b.feature_id as feature_b,
        totals.users,
        totals.eligible_users,
        totals.retained_users,
        {%- for feature in ['a', 'b'] %}
        {{ feature }}.users as users_{{ feature }},
        {{ feature }}.eligible_users as eligible_users_{{ feature }},
        {{ feature }}.retained_users as retained_users_{{ feature }},
        {%- endfor %}
        coalesce(shared.users, 0) as users_both
    from adoption as a
    inner join adoption as b on {{ text_order('a.feature_id') }} < {{ text_order('b.feature_id') }}
    cross join totals
    left join shared on a.feature_id = shared.feature_a and b.feature_id = shared.feature_b
),

final as (
    select
        pairs.feature_a,
        pairs.feature_b,
        pairs.users,
        pairs.users_a,
        pairs.users_b,
        pairs.users_both,
        cast(pairs.users * pairs.users_both - pairs.users_a * pairs.users_b as double precision)
        / nullif(sqrt(
            cast(pairs.users_a * (pairs.users - pairs.users_a) as double precision)
            * cast(pairs.users_b * (pairs.users - pairs.users_b) as double precision)
        ), 0) as phi,
        pairs.eligible_users,
        pairs.retained_users,
        {%- for feature in ['a', 'b'] %}
        pairs.eligible_users_{{ feature }},
        pairs.retained_users_{{ feature }},
        cast(pairs.retained_users_{{ feature }} as double precision)
        / nullif(pairs.eligible_users_{{ feature }}, 0) as adopters_{{ feature }}_retention_rate,
        cast(pairs.retained_users - pairs.retained_users_{{ feature }} as double precision)
        / nullif(pairs.eligible_users - pairs.eligible_users_{{ feature }}, 0) as others_{{ feature }}_retention_rate,
        {%- endfor %}
        clock.as_of_date
    from pairs
    cross join clock
)

select * from final
