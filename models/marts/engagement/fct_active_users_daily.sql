{{ active_daily(
    days=ref('int_activity__counted_user_days'),
    window_changes=ref('int_activity__user_window_changes'),
    segments=ref('int_activity__user_segments'),
    clock=ref('stg_clock__as_of'),
    unit='user_id'
) }}
