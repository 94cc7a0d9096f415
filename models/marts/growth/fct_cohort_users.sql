with cohort_users as (
    select * from {{ ref('int_growth__cohort_attributes') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        cohort_users.cohort_basis,
        cohort_users.user_id,
        cohort_users.account_id,
        {%- for attribute in segment_attributes('user') %}
        cohort_users.{{ attribute }},
        {%- endfor %}
        cohort_users.current_plan_id as plan_id,
        cohort_users.start_date as cohort_date,
        {{ period_start('week', 'cohort_users.start_date') }} as cohort_week,
        {{ period_start('month', 'cohort_users.start_date') }} as cohort_month,
        cohort_users.started_at,
        clock.as_of_date
    from cohort_users
    cross join clock
)

select * from final
