with accounts as (
    select * from {{ ref('stg_app__accounts') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

sides as (
    select * from {{ ref('int_revenue__subscription_movement_sides') }}
),

subscriptions as (
    select * from {{ ref('int_revenue__subscriptions') }}
),

plan_mrr as (
    select
        account_id,
        plan_id,
        cast(sum(fx_cents - leaving_cents + arriving_cents) as bigint) as mrr_cents
    from sides
    group by account_id, plan_id
),

ranked_plans as (
    select
        account_id,
        plan_id,
        row_number() over (
            partition by account_id order by mrr_cents desc, {{ text_order('plan_id') }}
        ) as plan_rank
    from plan_mrr
    where mrr_cents > 0
),

current_mrr as (
    select account_id, cast(sum(mrr_cents) as bigint) as mrr_cents
    from plan_mrr
    group by account_id
),

members as (
    select account_id, count(*) as user_count
    from users
    where is_counted
    group by account_id
),

ids as (
    select account_id from accounts
    union
    select account_id from users
    union
    -- also accounts whose subscription is signed and has not begun
    select account_id from subscriptions
),

final as (
    select
        ids.account_id,
        accounts.name,
        accounts.industry,
        accounts.company_size,
        -- a user who is their own account gives it their country
        coalesce(accounts.country, users.country) as country,
        ranked_plans.plan_id as current_plan_id,
        accounts.account_id is not null as is_registered,
        coalesce(current_mrr.mrr_cents, 0) as current_mrr_cents,
        coalesce(members.user_count, 0) as user_count,
        coalesce({{ local_date('accounts.created_at') }}, users.signup_date) as created_date
    from ids
    left join accounts on ids.account_id = accounts.account_id
    left join users on ids.account_id = users.user_id and users.account_id = users.user_id
    left join ranked_plans on ids.account_id = ranked_plans.account_id and ranked_plans.plan_rank = 1
    left join current_mrr on ids.account_id = current_mrr.account_id
    left join members on ids.account_id = members.account_id
)

select * from final
