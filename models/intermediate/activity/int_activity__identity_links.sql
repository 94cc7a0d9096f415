with user_aliases as (
    select * from {{ ref('stg_app__user_aliases') }}
),

one_per_instant as (
    select
        anonymous_id,
        linked_at,
        min({{ text_order('user_id') }}) as user_id
    from user_aliases
    group by anonymous_id, linked_at
),

ordered as (
    select
        anonymous_id,
        user_id,
        linked_at,
        lead(linked_at) over (partition by anonymous_id order by linked_at) as next_linked_at,
        row_number() over (partition by anonymous_id order by linked_at) as link_number
    from one_per_instant
),

sharing as (
    select
        anonymous_id,
        count(distinct user_id) > 1 as is_shared
    from user_aliases
    group by anonymous_id
),

final as (
    select
        ordered.anonymous_id,
        ordered.user_id,
        sharing.is_shared,
        -- the first link reaches back to all that came before it
        case when ordered.link_number > 1 then ordered.linked_at end as valid_from,
        ordered.next_linked_at as valid_to
    from ordered
    inner join sharing on ordered.anonymous_id = sharing.anonymous_id
)

select * from final
