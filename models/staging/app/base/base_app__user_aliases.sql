{{ config(materialized='table') }}

with recursive clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

users as (
    select * from {{ ref('stg_app__users') }}
),

event_ids as (
    select event_ids.*
    from {{ ref('stg_app__event_ids') }} as event_ids
    cross join clock
    where clock.latest_at is null or event_ids.first_at <= clock.latest_at
),

renamed as (
    select
        anonymous_id,
        user_id,
        {{ utc_timestamp('linked_at') }} as linked_at,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('app', 'user_aliases') }}
),

possible as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['anonymous_id', 'user_id'],
            timestamp='linked_at'
        ) }} as rejection_reason
    from renamed
    cross join clock
),

-- ids of users that are not ids of devices
people as (
    select user_id from users
    union
    select user_id from event_ids where user_id is not null
    union
    select user_id from possible where rejection_reason is null
    except
    select anonymous_id as user_id from event_ids where user_id is null or user_id <> anonymous_id
),

-- links between two users, of which only the first of each id counts
user_links as (
    select
        anonymous_id,
        user_id,
        min(linked_at) as linked_at,
        row_number() over (
            partition by anonymous_id order by min(linked_at), {{ text_order('user_id') }}
        ) as link_number
    from possible
    where
        rejection_reason is null
        and anonymous_id <> user_id
        and anonymous_id in (select people.user_id from people)
    group by anonymous_id, user_id
),

first_merges as (
    select anonymous_id, user_id, linked_at from user_links where link_number = 1
),

-- all ids that an id leads to, by any number of links
ways as (
    select anonymous_id, user_id from first_merges
    union
    select ways.anonymous_id, first_merges.user_id
    from ways
    inner join first_merges on ways.user_id = first_merges.anonymous_id
),

-- all ids of a circle lead to the same ids, including themselves
circles as (
    select anonymous_id, min({{ text_order('user_id') }}) as circle_id
    from ways
    group by anonymous_id
    having bool_or(anonymous_id = user_id)
),

circle_links as (
    select
        circles.anonymous_id,
        row_number() over (
            partition by circles.circle_id
            order by first_merges.linked_at desc, {{ text_order('circles.anonymous_id') }} desc
        ) as link_number
    from circles
    inner join first_merges on circles.anonymous_id = first_merges.anonymous_id
),

kept_merges as (
    select anonymous_id
    from first_merges
    where anonymous_id not in (select circle_links.anonymous_id from circle_links where circle_links.link_number = 1)
),

ends as (
    select ways.anonymous_id, ways.user_id as same_as_user_id
    from ways
    inner join kept_merges on ways.anonymous_id = kept_merges.anonymous_id
    left join kept_merges as goes_on on ways.user_id = goes_on.anonymous_id
    where goes_on.anonymous_id is null
),

classified as (
    select
        possible.anonymous_id,
        possible.user_id,
        possible.linked_at,
        possible.load_id,
        possible.loaded_at,
        case
            when possible.rejection_reason is not null then possible.rejection_reason
            when user_links.link_number > 1 then 'already_merged'
            when user_links.link_number = 1 and ends.anonymous_id is null then 'circular_merge'
        end as rejection_reason,
        case when user_links.link_number = 1 then ends.same_as_user_id end as same_as_user_id
    from possible
    left join user_links
        on case when possible.rejection_reason is null then possible.anonymous_id end = user_links.anonymous_id
        and possible.user_id = user_links.user_id
    left join ends on user_links.anonymous_id = ends.anonymous_id
),

numbered as (
    select
        *,
        {{ arrival_number(
            key=['anonymous_id', 'user_id', 'linked_at'],
            keep='first',
            contents=[],
            plain=[]
        ) }} as arrival_number
    from classified
),

final as (
    select
        anonymous_id,
        user_id,
        same_as_user_id,
        linked_at,
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
