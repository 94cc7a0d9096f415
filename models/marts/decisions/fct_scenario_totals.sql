with effects as (
    select * from {{ ref('int_decisions__scenarios') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        effects.scenario_id,
        max(effects.name) as name,
        count(*) as assumption_count,
        cast(sum(effects.monthly_impact_amount) as numeric(18, 2)) as monthly_impact_amount,
        cast(sum(effects.annual_impact_amount) as numeric(18, 2)) as annual_impact_amount,
        clock.as_of_date
    from effects
    cross join clock
    group by effects.scenario_id, clock.as_of_date
)

select * from final
