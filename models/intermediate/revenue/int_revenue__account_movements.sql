{{ config(post_hook="{{ gather_statistics(this) }}") }}

{{ mrr_movements(ref('int_revenue__subscription_flows'), ['account_id']) }}
