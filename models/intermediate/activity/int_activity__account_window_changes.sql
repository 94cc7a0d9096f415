{{ active_window_changes(ref('int_activity__account_days'), 'account_id') }}
