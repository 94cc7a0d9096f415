with scenarios as (
    select * from {{ ref('stg_reference__scenarios') }}
),

levers as (
    select * from {{ ref('int_decisions__levers') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

final as (
    {{ scenario_effects('scenarios', 'levers', 'reporting') }}
)

select * from final
