with subscriptions as (
    select * from {{ ref('int_revenue__current_subscriptions') }}
),

final as (
    select
        subscription_id,
        account_id,
        case when ended_date < begin_date then 'inverted' else 'zero_length' end as reason,
        begin_date,
        ended_date
    from subscriptions
    where ended_date <= begin_date
)

select * from final
