{{ config(pre_hook="{{ check_funnel_profiles() }}") }}

with funnels as (
    select * from {{ ref('funnels') }}
),

profiles as (
    select * from {{ ref('funnel_profiles') }}
),

final as (
    select
        funnels.funnel_id,
        coalesce(funnels.name, funnels.funnel_id) as name,
        funnels.owner,
        funnels.description,
        profiles.profile,
        coalesce(funnels.order_rule, profiles.order_rule) as order_rule,
        coalesce(funnels.window_seconds, profiles.window_seconds) as window_seconds,
        coalesce(funnels.unit, profiles.unit) as unit,
        coalesce(funnels.entry_policy, profiles.entry_policy) as entry_policy,
        coalesce(funnels.tie_rule, profiles.tie_rule) as tie_rule,
        coalesce(funnels.exclusion_policy, profiles.exclusion_policy) as exclusion_policy,
        funnels.entry_from_date,
        funnels.entry_to_date
    from funnels
    inner join profiles on coalesce(funnels.profile, '{{ default_funnel_profile() }}') = profiles.profile
)

select * from final
