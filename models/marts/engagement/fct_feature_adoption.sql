with feature_periods as (
    select * from {{ ref('int_activity__feature_periods') }}
),

eligible_users as (
    select * from {{ ref('int_activity__eligible_users') }}
),

user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

features as (
    select * from {{ ref('dim_features') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    {{ date_range('user_days', 'activity_date') }}
),

periods as (
    select
        all_periods.*,
        least(all_periods.period_end, clock.as_of_date) as last_date
    from {{ periods('date_range', ['day', 'week', 'month']) }} as all_periods
    cross join clock
),

newcomers as (
    select
        least(signup_date, first_active_date) as date,
        count(*) as user_count
    from users
    where is_counted
    group by least(signup_date, first_active_date)
),

populations as (
    select
        periods.period_grain,
        periods.period_start,
        cast(sum(newcomers.user_count) as bigint) as total_users
    from periods
    inner join newcomers on periods.last_date >= newcomers.date
    group by periods.period_grain, periods.period_start
),

adoption as (
    select
        period_grain,
        feature_id,
        count(*) as adopting_users,
        count(*) filter (where first_use_date < period_start) as repeat_users,
        cast(sum(event_count) as bigint) as events,
        cast(sum(day_count) as bigint) as user_days,
        period_start
    from feature_periods
    group by period_grain, feature_id, period_start
),

first_adoption as (
    select
        feature_periods.period_grain,
        feature_periods.feature_id,
        -- an identity link may show a use before the sign-up, which counts as 0 days
        percentile_cont(0.5) within group (
            order by greatest(
                0,
                {{ days_between('coalesce(users.signup_date, users.first_active_date)', 'feature_periods.first_use_date') }}
            )
        ) as median_days_to_adopt,
        feature_periods.period_start
    from feature_periods
    inner join users on feature_periods.user_id = users.user_id
    where feature_periods.first_use_date >= feature_periods.period_start
    group by feature_periods.period_grain, feature_periods.feature_id, feature_periods.period_start
),

filled as (
    select
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        features.feature_id,
        coalesce(adoption.adopting_users, 0) as adopting_users,
        coalesce(eligible_users.user_count, 0) as eligible_users,
        populations.total_users,
        coalesce(adoption.repeat_users, 0) as repeat_users,
        coalesce(adoption.events, 0) as events,
        coalesce(adoption.user_days, 0) as user_days,
        first_adoption.median_days_to_adopt
    from periods
    cross join features
    inner join populations
        on periods.period_grain = populations.period_grain
        and periods.period_start = populations.period_start
    {%- for joined in ['adoption', 'first_adoption', 'eligible_users'] %}
    left join {{ joined }}
        on periods.period_grain = {{ joined }}.period_grain
        and periods.period_start = {{ joined }}.period_start
        and features.feature_id = {{ joined }}.feature_id
    {%- endfor %}
),

final as (
    select
        filled.period_grain,
        filled.period_start,
        filled.feature_id,
        filled.period_end <= clock.as_of_date as is_complete,
        filled.adopting_users,
        filled.eligible_users,
        cast(filled.adopting_users as double precision) / nullif(filled.eligible_users, 0) as adoption_rate,
        filled.total_users,
        cast(filled.adopting_users as double precision) / nullif(filled.total_users, 0) as adoption_of_all_rate,
        filled.repeat_users,
        filled.events,
        cast(filled.events as double precision) / nullif(filled.adopting_users, 0) as events_per_adopter,
        filled.user_days,
        cast(filled.user_days as double precision) / nullif(filled.adopting_users, 0) as days_per_adopter,
        filled.median_days_to_adopt,
        clock.as_of_date
    from filled
    cross join clock
)

select * from final
