-- the bounded weekly cells of every segment, from the users of the cohorts and the days on which they were active
{%- set attributes = segment_columns('user') | join(', ') %}
with cells as (
    select * from {{ ref('fct_retention_cohorts') }}
    where retention_type = 'bounded' and period_grain = 'week'
),

members as (
    select *, plan_id as current_plan_id from {{ ref('fct_cohort_users') }}
),

active_weeks as (
    select distinct user_id, {{ period_start('week', 'date') }} as week from {{ ref('fct_user_days') }}
),

-- few sets of attributes are cut into segments, not many users
counted as (
    select
        cohort_basis,
        cohort_week,
        {{ attributes }},
        cast(null as integer) as period_number,
        count(*) as users
    from members
    group by cohort_basis, cohort_week, {{ attributes }}

    union all

    select
        members.cohort_basis,
        members.cohort_week,
        {%- for attribute in segment_columns('user') %}
        members.{{ attribute }},
        {%- endfor %}
        {{ periods_between('week', 'members.cohort_week', 'active_weeks.week') }} as period_number,
        count(*) as users
    from members
    inner join active_weeks on members.user_id = active_weeks.user_id and members.cohort_week <= active_weeks.week
    group by
        members.cohort_basis,
        members.cohort_week,
        {%- for attribute in segment_columns('user') %}
        members.{{ attribute }},
        {%- endfor %}
        {{ periods_between('week', 'members.cohort_week', 'active_weeks.week') }}
),

cut as (
    {{ segments('counted', 'user', columns=['cohort_basis', 'cohort_week', 'period_number', 'users']) }}
),

-- stacked and not joined: there are many cells, and each side may lack some of the other's
stacked as (
    select
        cohort_basis,
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
        cohort_basis,
        cohort_week as cohort_start,
        segment_name,
        segment_value,
        period_number,
        null as found_users,
        users as listed_users
    from cut
)

select
    cohort_basis,
    cohort_start,
    segment_name,
    segment_value,
    -- none where it is the size of the cohort
    period_number,
    sum(found_users) as found_users,
    sum(listed_users) as listed_users
from stacked
group by cohort_basis, cohort_start, segment_name, segment_value, period_number
-- cells that are open say nothing yet
having sum(found_users) <> sum(listed_users)
