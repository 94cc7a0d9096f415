with scenarios as (
    select * from {{ ref('stg_reference__scenarios') }}
),

levers as (
    select * from {{ ref('int_decisions__levers') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

effects as (
    {{ scenario_effects('scenarios', 'levers', 'reporting') }}
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
