with features as (
    select * from {{ ref('features') }}
),

final as (
    select
        feature_id,
        coalesce(name, feature_id) as name,
        owner,
        launched_date
    from features
)

select * from final
