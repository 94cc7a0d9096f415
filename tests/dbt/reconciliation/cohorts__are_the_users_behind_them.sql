-- users who signed up in the period, and, of the users first active in a week or month, those active in the n-th one after it
{%- set grains = ['week', 'month'] %}
with cells as (
    select * from {{ ref('fct_retention_cohorts') }}
    where segment_name = 'all' and retention_type = 'bounded'
),

-- read twice and not materialized, because the planner has no statistics of a CTE and would compare all rows with all
active_periods as not materialized (
    select user_id, period_grain, period_start, lifecycle_state
    from {{ ref('int_activity__user_periods') }}
    where lifecycle_state <> 'dormant' and period_grain <> 'day'
),

returned as (
    {%- for grain in grains %}
    select
        cohorts.period_grain,
        cohorts.period_start as cohort_start,
        {{ periods_between(grain, 'cohorts.period_start', 'later.period_start') }} as period_number,
        count(*) as users
    from active_periods as cohorts
    inner join active_periods as later on cohorts.user_id = later.user_id and cohorts.period_grain = later.period_grain
    where cohorts.lifecycle_state = 'new' and cohorts.period_grain = '{{ grain }}'
    group by
        cohorts.period_grain,
        cohorts.period_start,
        {{ periods_between(grain, 'cohorts.period_start', 'later.period_start') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

kept_grains as (
    select period_grain
    from {{ ref('int_growth__kept_cuts') }}
    where cohort_basis = 'signup' and retention_type = 'bounded' and segment_name = 'all'
),

signed_up as (
    {%- for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'users.signup_date') }} as cohort_start,
        count(*) as users
    from {{ ref('dim_users') }} as users
    cross join {{ ref('stg_clock__as_of') }} as clock
    where
        users.is_counted
        and users.signup_date <= clock.as_of_date
        and '{{ grain }}' in (select kept_grains.period_grain from kept_grains)
    group by {{ period_start(grain, 'users.signup_date') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    cells.cohort_basis,
    cells.period_grain,
    cells.cohort_start,
    cells.period_number,
    cells.retained_users as found_users,
    returned.users as expected_users
from cells
left join returned
    on cells.period_grain = returned.period_grain
    and cells.cohort_start = returned.cohort_start
    and cells.period_number = returned.period_number
where
    cells.cohort_basis = 'first_activity'
    and cells.period_grain <> 'day'
    and cells.retained_users <> coalesce(returned.users, 0)

union all

select
    'signup' as cohort_basis,
    coalesce(cells.period_grain, signed_up.period_grain) as period_grain,
    coalesce(cells.cohort_start, signed_up.cohort_start) as cohort_start,
    0 as period_number,
    cells.cohort_users as found_users,
    signed_up.users as expected_users
from (
    select * from cells where cohort_basis = 'signup' and period_grain <> 'day' and period_number = 0
) as cells
full outer join signed_up on cells.period_grain = signed_up.period_grain and cells.cohort_start = signed_up.cohort_start
where cells.cohort_users is distinct from signed_up.users
