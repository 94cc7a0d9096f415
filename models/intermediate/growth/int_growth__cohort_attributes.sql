{%- set attributes = segment_columns('user') %}

with cohort_users as (
    select * from {{ ref('int_growth__cohort_users') }}
),

user_attributes as (
    select * from {{ ref('int_activity__user_attributes') }}
),

sides as (
    select * from {{ ref('int_revenue__subscription_movement_sides') }}
),

start_dates as (
    select distinct account_id, start_date from cohort_users
),

-- what an account paid for each plan at the end of the day on which one of its users began
plan_mrr as (
    select
        start_dates.account_id,
        start_dates.start_date,
        sides.plan_id,
        sum(sides.fx_cents - sides.leaving_cents + sides.arriving_cents) as mrr_cents
    from start_dates
    inner join sides
        on start_dates.account_id = sides.account_id
        and start_dates.start_date >= sides.date
    group by start_dates.account_id, start_dates.start_date, sides.plan_id
),

ranked_plans as (
    select
        account_id,
        start_date,
        plan_id,
        row_number() over (
            partition by account_id, start_date order by mrr_cents desc, {{ text_order('plan_id') }}
        ) as plan_rank
    from plan_mrr
    where mrr_cents > 0
),

described as (
    select
        cohort_users.*,
        {%- for attribute in segment_attributes('user') %}
        user_attributes.{{ attribute }},
        {%- endfor %}
        ranked_plans.plan_id as current_plan_id
    from cohort_users
    inner join user_attributes on cohort_users.user_id = user_attributes.user_id
    left join ranked_plans
        on cohort_users.account_id = ranked_plans.account_id
        and cohort_users.start_date = ranked_plans.start_date
        and ranked_plans.plan_rank = 1
),

final as (
    select
        *,
        -- users with the same attributes are counted together, and cut into segments when few rows are left
        dense_rank() over (order by {{ attributes | join(', ') }}) as attributes_number
    from described
)

select * from final
