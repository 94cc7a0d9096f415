{{ config(pre_hook="{{ check_rates() }}") }}

with exchange_rates as (
    select * from {{ ref('exchange_rates') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

listed as (
    select upper(currency) as currency, month, rate, minor_unit_digits, false as is_reporting
    from exchange_rates

    union all

    select
        '{{ checked_var("reporting_currency") }}' as currency,
        cast('{{ checked_var("min_plausible_date") }}' as date) as month,
        cast(1 as numeric(20, 10)) as rate,
        null as minor_unit_digits,
        true as is_reporting
),

-- all rows of a currency have the same number of digits, even if the cell of a row is empty
counted as (
    select
        listed.currency,
        listed.month,
        listed.rate,
        listed.is_reporting,
        coalesce(
            max(listed.minor_unit_digits) over (partition by listed.currency), currencies.minor_unit_digits, 2
        ) as minor_unit_digits
    from listed
    left join currencies on listed.currency = currencies.currency
),

final as (
    select
        currency,
        month,
        rate,
        minor_unit_digits
    from counted
    where is_reporting or (currency <> '{{ checked_var("reporting_currency") }}' and rate > 0)
)

select * from final
