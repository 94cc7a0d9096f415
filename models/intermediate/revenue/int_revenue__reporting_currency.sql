select
    currency,
    minor_unit_digits
from {{ ref('stg_reference__exchange_rates') }}
where currency = '{{ checked_var("reporting_currency") }}'
