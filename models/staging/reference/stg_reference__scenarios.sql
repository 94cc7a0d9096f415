with scenarios as (
    select * from {{ ref('scenarios') }}
),

final as (
    select
        scenario_id,
        coalesce(name, scenario_id) as name,
        assumption,
        change_percent
    from scenarios
)

select * from final
