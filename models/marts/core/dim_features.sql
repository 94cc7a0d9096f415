with features as (
    select * from {{ ref('stg_reference__features') }}
),

final as (
    select
        feature_id,
        name,
        owner,
        description,
        is_for_everybody,
        launched_date
    from features
)

select * from final
