{{ active_daily(
    days=ref('int_activity__counted_user_days'),
    units=ref('int_activity__user_attributes'),
    clock=ref('stg_clock__as_of'),
    unit='user'
) }}
