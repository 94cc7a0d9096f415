with exchange_rates as (
    select
        upper(currency) as currency,
        month,
        rate,
        minor_unit_digits
    from {{ ref('exchange_rates') }}
),

digits as (
    -- one number of digits per currency, also where a row leaves the cell empty
    select
        currency,
        coalesce(max(minor_unit_digits), 2) as minor_unit_digits
    from exchange_rates
    group by currency
),

reporting as (
    select
        '{{ checked_var("reporting_currency") }}' as currency,
        cast('{{ checked_var("min_plausible_date") }}' as date) as month,
        cast(1 as numeric(20, 10)) as rate
),

final as (
    select
        rates.currency,
        rates.month,
        rates.rate,
        coalesce(digits.minor_unit_digits, 2) as minor_unit_digits
    from (
        select currency, month, rate from reporting
        union all
        select currency, month, rate from exchange_rates
        where currency <> '{{ checked_var("reporting_currency") }}' and rate > 0
    ) as rates
    left join digits on rates.currency = digits.currency
)

select * from final
