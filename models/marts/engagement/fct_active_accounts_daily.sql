{{ active_daily(
    days=ref('int_activity__account_days'),
    window_changes=ref('int_activity__account_window_changes'),
    segments=ref('int_activity__account_segments'),
    clock=ref('stg_clock__as_of'),
    unit='account_id'
) }}
