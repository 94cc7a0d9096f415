with plans as (
    select * from {{ ref('stg_reference__plans') }}
),

subscriptions as (
    select distinct plan_id from {{ ref('int_revenue__subscription_states') }}
),

final as (
    select
        coalesce(plans.plan_id, subscriptions.plan_id) as plan_id,
        coalesce(plans.name, subscriptions.plan_id) as name,
        plans.owner,
        plans.description,
        plans.tier,
        plans.currency,
        plans.plan_id is not null as is_listed,
        cast(plans.included_seats as integer) as included_seats,
        cast(plans.list_price_monthly_minor_units as bigint) as list_price_monthly_minor_units,
        cast(plans.list_price_yearly_minor_units as bigint) as list_price_yearly_minor_units
    from plans
    full outer join subscriptions on plans.plan_id = subscriptions.plan_id
)

select * from final
