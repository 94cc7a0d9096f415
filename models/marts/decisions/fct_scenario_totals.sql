with scenarios as (
    select * from {{ ref('fct_scenarios') }}
),

final as (
    select
        scenario_id,
        max(name) as name,
        count(*) as assumptions,
        cast(sum(monthly_impact_amount) as numeric(18, 2)) as monthly_impact_amount,
        cast(sum(annual_impact_amount) as numeric(18, 2)) as annual_impact_amount,
        max(as_of_date) as as_of_date
    from scenarios
    group by scenario_id
)

select * from final
