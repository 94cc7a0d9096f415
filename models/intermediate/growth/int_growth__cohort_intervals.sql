with cohort_users as (
    select * from {{ ref('int_growth__cohort_attributes') }}
),

kept_cuts as (
    select * from {{ ref('int_growth__kept_cuts') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

bounds as (
    select
        {{ add_days('as_of_date', 1) }} as next_date,
        {{ start_of_local_date(add_days('as_of_date', 1)) }} as ends_at
    from clock
),

asked as (
    select
        cohort_basis,
        period_grain,
        is_rolling,
        max(case when segment_name <> 'all' then 1 else 0 end) as is_cut
    from kept_cuts
    group by cohort_basis, period_grain, is_rolling
),

intervals as (
    {%- for grain, hours in [('day', none), ('week', none), ('month', none), ('day', 24), ('week', 168)] %}
    {%- set start = period_start(grain, 'cohort_users.start_date') %}
    select
        cohort_users.cohort_basis,
        cohort_users.user_id,
        asked.period_grain,
        asked.is_rolling,
        {%- if hours %}
        {{ whole_hours_between('cohort_users.started_at', 'bounds.ends_at', hours) }} as elapsed_periods,
        {%- else %}
        {{ periods_between(grain, start, period_start(grain, 'bounds.next_date')) }} as elapsed_periods,
        {%- endif %}
        {{ start }} as cohort_start,
        cohort_users.started_at,
        -- cohorts that no kept cut divides are counted as a whole
        case when asked.is_cut = 1 then cohort_users.attributes_number else 0 end as attributes_number
    from cohort_users
    inner join asked on cohort_users.cohort_basis = asked.cohort_basis
    cross join bounds
    where asked.period_grain = '{{ grain }}' and {{ '' if hours else 'not ' }}asked.is_rolling
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

final as (
    select
        *,
        -- millions of returns are counted by this number, which is several times faster than by the columns it stands for
        dense_rank() over (order by cohort_basis, period_grain, is_rolling, cohort_start) as cohort_number
    from intervals
)

select * from final
