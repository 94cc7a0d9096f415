{{ config(severity='warn') }}

-- a rate of the reporting currency other than 1 says that the rates are into another one
select currency, month, rate
from {{ ref('exchange_rates') }}
where upper(currency) = '{{ checked_var("reporting_currency") }}' and rate <> 1
