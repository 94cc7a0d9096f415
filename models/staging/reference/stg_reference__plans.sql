with plans as (
    select * from {{ ref('plans') }}
),

final as (
    select
        plan_id,
        coalesce(name, plan_id) as name,
        owner,
        description,
        tier,
        coalesce(currency, '{{ checked_var("reporting_currency") }}') as currency,
        coalesce(included_seats, 1) as included_seats,
        list_price_monthly_cents as list_price_monthly_minor_units,
        list_price_yearly_cents as list_price_yearly_minor_units
    from plans
)

select * from final
