with cohort_users as (
    select * from {{ ref('int_growth__cohort_attributes') }}
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

spans as (
    {%- for grain in ['day', 'week', 'month'] %}
    {%- set start = period_start(grain, 'cohort_users.start_date') %}
    select
        cohort_users.cohort_basis,
        cohort_users.user_id,
        '{{ grain }}' as period_grain,
        false as is_rolling,
        {{ periods_between(grain, start, period_start(grain, 'bounds.next_date')) }} as elapsed_periods,
        {{ start }} as cohort_start,
        cohort_users.started_at,
        -- cohorts of single days are too small to be cut
        {{ 0 if grain == 'day' else 'cohort_users.attributes_number' }} as attributes_number
    from cohort_users
    cross join bounds
    union all
    {%- endfor %}
    {%- for grain, hours in [('day', 24), ('week', 168)] %}
    select
        cohort_users.cohort_basis,
        cohort_users.user_id,
        '{{ grain }}' as period_grain,
        true as is_rolling,
        {{ spans_between('cohort_users.started_at', 'bounds.ends_at', hours) }} as elapsed_periods,
        {{ period_start(grain, 'cohort_users.start_date') }} as cohort_start,
        cohort_users.started_at,
        {{ 0 if grain == 'day' else 'cohort_users.attributes_number' }} as attributes_number
    from cohort_users
    cross join bounds
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

final as (
    select
        *,
        -- millions of returns are counted by it, which is several times faster than by what it stands for
        dense_rank() over (order by cohort_basis, period_grain, is_rolling, cohort_start) as cohort_number
    from spans
)

select * from final
