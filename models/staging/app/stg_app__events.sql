select
    event_id,
    {{ blank_to_null('user_id') }} as user_id,
    {{ blank_to_null('anonymous_id') }} as anonymous_id,
    event_name,
    {{ utc_timestamp('occurred_at') }} as occurred_at,
    {{ utc_timestamp('received_at') }} as received_at,
    sequence,
    {{ blank_to_null('session_id') }} as session_id,
    {{ blank_to_null('platform') }} as platform,
    cast(properties as text) as properties,
    load_id,
    {{ utc_timestamp('loaded_at') }} as loaded_at
from {{ source('app', 'events') }}
