-- flows come nearly in order, and what is grouped is followed in that order
{{ config(pre_hook="{{ prefer_sorting() }}") }}

{{ mrr_movements(ref('int_revenue__subscription_movement_sides'), ['account_id', 'plan_id']) }}
