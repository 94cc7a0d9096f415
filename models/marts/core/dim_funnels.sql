with funnels as (
    select * from {{ ref('stg_reference__funnels') }}
),

funnel_steps as (
    select * from {{ ref('stg_reference__funnel_steps') }}
),

lengths as (
    select funnel_id, count(*) as step_count
    from funnel_steps
    group by funnel_id
),

final as (
    select
        funnels.funnel_id,
        funnels.name,
        funnels.owner,
        funnels.description,
        case when lengths.step_count is null then 'incomplete' else 'active' end as status,
        funnels.unit as unit_kind,
        funnels.profile as funnel_profile,
        funnels.order_rule,
        funnels.entry_policy,
        funnels.tie_rule,
        funnels.exclusion_policy,
        funnels.window_seconds,
        cast(coalesce(lengths.step_count, 0) as integer) as step_count,
        funnels.entry_from_date,
        funnels.entry_to_date
    from funnels
    left join lengths on funnels.funnel_id = lengths.funnel_id
)

select * from final
