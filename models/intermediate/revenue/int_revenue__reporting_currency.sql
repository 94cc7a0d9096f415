select
    currency,
    -- amounts have two decimals, so a currency with three is counted in hundredths to make sums of amounts close
    least(minor_unit_digits, 2) as minor_unit_digits
from {{ ref('stg_reference__exchange_rates') }}
where currency = '{{ checked_var("reporting_currency") }}'
