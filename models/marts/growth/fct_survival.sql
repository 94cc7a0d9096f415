{%- set silent_days = checked_var('mau_window_days') -%}
{%- set day_0 = "cast('2000-01-01' as date)" -%}
{%- set variance_unit = 'cast(1e18 as double precision)' -%}
{%- set log_unit = 'cast(1e17 as double precision)' -%}

with cohort_users as (
    select * from {{ ref('int_growth__cohort_attributes') }}
),

attribute_segments as (
    select * from {{ ref('int_growth__attribute_segments') }}
),

user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

last_days as (
    select user_id, max(activity_date) as last_date
    from user_days
    group by user_id
),

lifetimes as (
    select
        cohort_users.attributes_number,
        cast({{ days_between('cohort_users.start_date', 'last_days.last_date') }} as integer) as day_number,
        -- a user who was active in the last window may come back, so only the time they stayed so far is known
        {{ add_days('last_days.last_date', silent_days) }} <= clock.as_of_date as is_churned
    from cohort_users
    inner join last_days on cohort_users.user_id = last_days.user_id
    cross join clock
    where cohort_users.cohort_basis = 'first_activity'
),

ends as (
    select
        attribute_segments.segment_name,
        attribute_segments.segment_value,
        lifetimes.day_number,
        count(*) filter (where lifetimes.is_churned) as churned_users,
        count(*) filter (where not lifetimes.is_churned) as censored_users
    from lifetimes
    inner join attribute_segments on lifetimes.attributes_number = attribute_segments.attributes_number
    group by attribute_segments.segment_name, attribute_segments.segment_value, lifetimes.day_number
),

longest as (
    select
        {{ day_0 }} as first_date,
        {{ add_days(day_0, 'max(day_number)') }} as last_date
    from ends
),

day_numbers as (
    select cast({{ days_between(day_0, 'series.date') }} as integer) as day_number
    from {{ date_series('longest', 'first_date', 'last_date') }} as series
),

lasts as (
    select segment_name, segment_value, max(day_number) as last_day_number
    from ends
    group by segment_name, segment_value
),

days as (
    select
        lasts.segment_name,
        lasts.segment_value,
        day_numbers.day_number,
        coalesce(ends.churned_users, 0) as churned_users,
        coalesce(ends.censored_users, 0) as censored_users,
        cast(sum(coalesce(ends.churned_users, 0) + coalesce(ends.censored_users, 0)) over (
            partition by lasts.segment_name, lasts.segment_value order by day_numbers.day_number desc
        ) as bigint) as at_risk_users
    from lasts
    inner join day_numbers on lasts.last_day_number >= day_numbers.day_number
    left join ends
        on lasts.segment_name = ends.segment_name
        and lasts.segment_value = ends.segment_value
        and day_numbers.day_number = ends.day_number
),

-- whole numbers of 1e-18 and 1e-17, because their sum does not depend on the order in which an engine adds
steps as (
    select
        *,
        cast(floor(
            {{ variance_unit }} * churned_users
            / nullif(cast(at_risk_users as double precision) * (at_risk_users - churned_users), 0)
            + 0.5
        ) as bigint) as variance_term,
        -- when all remaining users leave, there is no logarithm to take
        cast(floor(
            {{ log_unit }} * ln(1 - cast(churned_users as double precision) / nullif(at_risk_users, churned_users))
            + 0.5
        ) as bigint) as staying_log
    from days
),

summed as (
    select
        *,
        cast(sum(variance_term) over from_start as bigint) / {{ variance_unit }} as variance_sum,
        cast(sum(staying_log) over from_start as bigint) / {{ log_unit }} as survival_log
    from steps
    window from_start as (partition by segment_name, segment_value order by day_number rows unbounded preceding)
),

-- the product, day by day
curve as (
    select
        *,
        case when at_risk_users = churned_users then 0 else exp(survival_log) end as survival_rate
    from summed
),

spread as (
    select
        *,
        -- on the scale of log(-log(rate)) the interval stays between 0 and 1
        case
            when survival_rate > 0 and survival_rate < 1
                then exp({{ z_95() }} * sqrt(variance_sum) / -ln(survival_rate))
        end as spread_factor
    from curve
),

final as (
    select
        spread.segment_name,
        spread.segment_value,
        spread.day_number,
        spread.at_risk_users,
        spread.churned_users,
        spread.censored_users,
        spread.survival_rate,
        case when spread.survival_rate = 1 then spread.survival_rate else power(spread.survival_rate, spread.spread_factor) end as rate_low,
        case when spread.survival_rate = 1 then spread.survival_rate else power(spread.survival_rate, 1 / spread.spread_factor) end as rate_high,
        clock.as_of_date
    from spread
    cross join clock
)

select * from final
