with clock as (
    select * from {{ ref('stg_clock__as_of') }}
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

judged as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['anonymous_id', 'user_id'],
            timestamp='linked_at'
        ) }} as rejection_reason
    from renamed
    cross join clock
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
    from judged
),

final as (
    select
        anonymous_id,
        user_id,
        linked_at,
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
