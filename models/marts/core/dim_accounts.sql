with accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

final as (
    select
        accounts.account_id,
        accounts.name,
        accounts.industry,
        accounts.company_size,
        accounts.country,
        accounts.current_plan_id,
        accounts.is_registered,
        {{ reporting_amount('accounts.current_mrr_cents') }} as current_mrr_amount,
        accounts.user_count,
        accounts.created_date
    from accounts
    cross join reporting
)

select * from final
