{%- set arrivals = {
    'key': ['response_id'],
    'keep': 'first',
    'contents': ['responded_at', 'user_id', 'score', 'category', 'comment'],
    'plain': ['responded_at', 'score'],
} -%}

with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

renamed as (
    select
        response_id,
        user_id,
        {{ utc_timestamp('responded_at') }} as responded_at,
        score,
        {{ blank_to_null('category') }} as category,
        {{ blank_to_null('comment') }} as comment,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('feedback', 'nps_responses') }}
),

classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['response_id', 'user_id'],
            timestamp='responded_at',
            declared=['feedback', 'nps_responses']
        ) }} as rejection_reason
    from renamed
    cross join clock
),

numbered as (
    select
        *,
        {{ arrival_number(**arrivals) }} as arrival_number,
        {{ is_conflict(**arrivals) }} as is_conflict
    from classified
),

final as (
    select
        response_id,
        user_id,
        responded_at,
        score,
        category,
        comment,
        {{ quarantine_reason() }} as rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
