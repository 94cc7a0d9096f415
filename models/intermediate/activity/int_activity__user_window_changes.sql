{{ active_window_changes(ref('int_activity__counted_user_days'), 'user_id') }}
