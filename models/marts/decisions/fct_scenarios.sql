with effects as (
    select * from {{ ref('int_decisions__scenarios') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        effects.scenario_id,
        effects.name,
        effects.assumption,
        effects.change_percent,
        effects.base_monthly_amount,
        effects.monthly_impact_amount,
        effects.annual_impact_amount,
        clock.as_of_date
    from effects
    cross join clock
)

select * from final
