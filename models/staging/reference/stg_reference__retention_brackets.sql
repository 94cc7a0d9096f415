with retention_brackets as (
    select * from {{ ref('retention_brackets') }}
),

final as (
    select
        period_grain,
        first_period,
        last_period
    from retention_brackets
)

select * from final
