{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='anonymous_id',
    post_hook="{{ remember_build(seen_rows='(select count(*) from ' ~ schema_of('raw') ~ '.user_aliases)') }}"
) }}

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

stretches as (
    select
        anonymous_id,
        user_id,
        -- the first link reaches back to all that came before it
        case when link_number > 1 then linked_at end as valid_from,
        next_linked_at as valid_to
    from ordered
),
{%- if is_incremental() %}

-- a further link always changes the stretch before it
changed as (
    select * from stretches
    except
    select anonymous_id, user_id, valid_from, valid_to from {{ this }}
),
{%- endif %}

final as (
    select
        stretches.*,
        {{ build_time() }} as built_at
    from stretches
    {%- if is_incremental() %}
    where stretches.anonymous_id in (select changed.anonymous_id from changed)
    {%- endif %}
)

select * from final
