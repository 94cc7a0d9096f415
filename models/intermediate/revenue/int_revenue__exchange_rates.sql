{{ config(post_hook="{{ gather_statistics(this) }}") }}

with exchange_rates as (
    select * from {{ ref('stg_reference__exchange_rates') }}
),

ordered as (
    select
        currency,
        rate,
        minor_unit_digits,
        month,
        row_number() over (partition by currency order by month) as rate_number,
        lead(month) over (partition by currency order by month) as next_month
    from exchange_rates
),

final as (
    select
        currency,
        rate,
        minor_unit_digits,
        month as rate_month,
        -- the first rate reaches back, and each forward to the next
        case when rate_number > 1 then month end as valid_from,
        next_month as valid_to
    from ordered
)

select * from final
