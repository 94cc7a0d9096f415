{{ config(materialized='view') }}

with user_aliases as (
    select * from {{ ref('stg_app__user_aliases') }}
),

final as (
    select distinct
        anonymous_id as merged_user_id,
        same_as_user_id as user_id
    from user_aliases
    where same_as_user_id is not null
)

select * from final
