{{ funnel_steps(
    funnel_users=ref('int_growth__funnel_users'),
    funnels=ref('stg_reference__funnels'),
    funnel_steps=ref('stg_reference__funnel_steps'),
    user_segments=ref('int_activity__user_segments'),
    account_segments=ref('int_activity__account_segments'),
    clock=ref('stg_clock__as_of'),
    by_week=true
) }}
