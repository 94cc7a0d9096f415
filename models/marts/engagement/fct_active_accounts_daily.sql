{{ active_daily(
    days=ref('int_activity__account_days'),
    units=ref('int_revenue__accounts'),
    clock=ref('stg_clock__as_of'),
    unit='account'
) }}
