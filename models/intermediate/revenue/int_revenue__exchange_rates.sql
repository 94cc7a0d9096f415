with exchange_rates as (
    select * from {{ ref('stg_reference__exchange_rates') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

ordered as (
    select
        currency,
        rate,
        minor_unit_digits,
        month,
        row_number() over (partition by currency order by month) as rate_number,
        lead(month) over (partition by currency order by month) as next_month,
        lead(rate) over (partition by currency order by month) as next_rate
    from exchange_rates
),

final as (
    select
        ordered.currency,
        ordered.rate,
        -- a rate has ten decimals
        {%- for rate in ['rate', 'next_rate'] %}
        cast(ordered.{{ rate }} * 10000000000 as {{ wide_integer() }}) * {{ power_of_ten('reporting.minor_unit_digits') }}
            as {{ rate | replace('rate', 'cents_numerator') }},
        {%- endfor %}
        cast(10000000000 as {{ wide_integer() }}) * {{ power_of_ten('ordered.minor_unit_digits') }} as cents_denominator,
        ordered.month as rate_month,
        -- the first rate also holds for all earlier dates, and each rate holds until the next
        case when ordered.rate_number > 1 then ordered.month end as valid_from,
        ordered.next_month as valid_to
    from ordered
    cross join reporting
)

select * from final
