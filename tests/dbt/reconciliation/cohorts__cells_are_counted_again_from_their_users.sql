-- the bounded cells of weeks and months of every segment, counted from the users of the cohorts and their active days
{%- set attributes = segment_columns('user') %}
with cells as (
    select * from {{ ref('fct_retention_cohorts') }}
    where retention_type = 'bounded' and period_grain in ('week', 'month')
),

kept_cuts as (
    select * from {{ ref('int_growth__kept_cuts') }}
    where retention_type = 'bounded'
),

members as (
    select *, plan_id as current_plan_id from {{ ref('fct_cohort_users') }}
),

-- grouped first, because a few sets of attributes are split into segments faster than many users
counted as (
    {%- for grain in ['week', 'month'] %}
    select
        cohort_basis,
        '{{ grain }}' as period_grain,
        cohort_{{ grain }} as cohort_start,
        {{ attributes | join(', ') }},
        cast(null as integer) as period_number,
        count(*) as users
    from members
    group by cohort_basis, cohort_{{ grain }}, {{ attributes | join(', ') }}

    union all

    select
        members.cohort_basis,
        '{{ grain }}' as period_grain,
        members.cohort_{{ grain }} as cohort_start,
        {%- for attribute in attributes %}
        members.{{ attribute }},
        {%- endfor %}
        {{ periods_between(grain, 'members.cohort_' ~ grain, 'active.period_start') }} as period_number,
        count(*) as users
    from members
    inner join (
        select distinct user_id, {{ period_start(grain, 'date') }} as period_start from {{ ref('fct_user_days') }}
    ) as active
        on members.user_id = active.user_id and members.cohort_{{ grain }} <= active.period_start
    group by
        members.cohort_basis,
        members.cohort_{{ grain }},
        {%- for attribute in attributes %}
        members.{{ attribute }},
        {%- endfor %}
        {{ periods_between(grain, 'members.cohort_' ~ grain, 'active.period_start') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

cut as (
    {{ segments('counted', 'user', columns=['cohort_basis', 'period_grain', 'cohort_start', 'period_number', 'users']) }}
),

-- a union and not a join, because there are many cells and each side may lack some of the other's
stacked as (
    select
        cohort_basis,
        period_grain,
        cohort_start,
        segment_name,
        segment_value,
        period_number,
        retained_users as found_users,
        0 as listed_users
    from cells
    where retained_users is not null

    union all

    select
        cohort_basis,
        period_grain,
        cohort_start,
        segment_name,
        segment_value,
        null as period_number,
        cohort_users as found_users,
        0 as listed_users
    from cells
    where period_number = 0

    union all

    select
        cut.cohort_basis,
        cut.period_grain,
        cut.cohort_start,
        cut.segment_name,
        cut.segment_value,
        cut.period_number,
        null as found_users,
        cut.users as listed_users
    from cut
    inner join kept_cuts
        on cut.cohort_basis = kept_cuts.cohort_basis
        and cut.period_grain = kept_cuts.period_grain
        and cut.segment_name = kept_cuts.segment_name
)

select
    cohort_basis,
    period_grain,
    cohort_start,
    segment_name,
    segment_value,
    -- null for the size of the cohort
    period_number,
    sum(found_users) as found_users,
    sum(listed_users) as listed_users
from stacked
group by cohort_basis, period_grain, cohort_start, segment_name, segment_value, period_number
-- open cells are not compared
having sum(found_users) <> sum(listed_users)
