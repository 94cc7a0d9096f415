-- group by sorting: rows come nearly in order, and the windows after the grouping need that order
{{ config(pre_hook="{{ prefer_sorting() }}") }}

{{ mrr_movements(ref('int_revenue__subscription_movement_sides'), ['account_id', 'plan_id']) }}
