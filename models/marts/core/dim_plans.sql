with plans as (
    select * from {{ ref('stg_reference__plans') }}
),

contracts as (
    select distinct plan_id from {{ ref('int_revenue__subscription_states') }}
),

final as (
    select
        coalesce(plans.plan_id, contracts.plan_id) as plan_id,
        coalesce(plans.name, contracts.plan_id) as name,
        plans.owner,
        plans.description,
        plans.tier,
        plans.currency,
        plans.plan_id is not null as is_listed,
        cast(plans.included_seats as integer) as included_seats,
        cast(plans.list_price_monthly_cents as bigint) as list_price_monthly_cents,
        cast(plans.list_price_yearly_cents as bigint) as list_price_yearly_cents
    from plans
    full outer join contracts on plans.plan_id = contracts.plan_id
)

select * from final
