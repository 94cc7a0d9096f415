with user_attributes as (
    select * from {{ ref('int_activity__user_attributes') }}
),

final as (
    {{ segments('user_attributes', 'user', columns=['user_id']) }}
)

select * from final
