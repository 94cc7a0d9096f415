with accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

final as (
    {{ segments('accounts', 'account') }}
)

select * from final
