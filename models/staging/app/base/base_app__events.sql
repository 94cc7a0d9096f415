with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

renamed as (
    select
        event_id,
        {{ blank_to_null('user_id') }} as user_id,
        {{ blank_to_null('anonymous_id') }} as anonymous_id,
        event_name,
        {{ utc_timestamp('occurred_at') }} as occurred_at,
        {{ utc_timestamp('received_at') }} as received_at,
        {{ blank_to_null('session_id') }} as session_id,
        {{ blank_to_null('platform') }} as platform,
        cast(properties as text) as properties,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('app', 'events') }}
),

judged as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['event_id'],
            timestamp='occurred_at',
            any_id=['user_id', 'anonymous_id']
        ) }} as rejection_reason
    from renamed
    cross join clock
),

numbered as (
    select
        *,
        {{ arrival_number(
            key=['event_id'],
            keep='first',
            arrived_at='coalesce(received_at, loaded_at)',
            contents=['occurred_at', 'user_id', 'anonymous_id', 'event_name', 'received_at', 'session_id', 'platform', 'properties'],
            plain=['occurred_at', 'received_at']
        ) }} as arrival_number
    from judged
),

final as (
    select
        event_id,
        user_id,
        anonymous_id,
        event_name,
        occurred_at,
        received_at,
        session_id,
        platform,
        properties,
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
