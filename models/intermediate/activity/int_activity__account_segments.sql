with accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

final as (
    {{ segments('accounts', 'account', columns=['account_id']) }}
)

select * from final
