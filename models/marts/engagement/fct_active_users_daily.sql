{{ active_daily(
    days=ref('int_activity__user_days_so_far'),
    units=ref('int_activity__user_attributes'),
    clock=ref('stg_clock__as_of'),
    unit='user'
) }}
