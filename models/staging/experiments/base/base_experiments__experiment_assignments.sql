with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

renamed as (
    select
        experiment_id,
        user_id,
        variant,
        {{ utc_timestamp('assigned_at') }} as assigned_at,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('experiments', 'experiment_assignments') }}
),

classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['experiment_id', 'user_id', 'variant'],
            timestamp='assigned_at'
        ) }} as rejection_reason
    from renamed
    cross join clock
),

numbered as (
    select
        *,
        {{ arrival_number(
            key=['experiment_id', 'user_id', 'variant', 'assigned_at'],
            keep='first',
            contents=[],
            plain=[]
        ) }} as arrival_number
    from classified
),

final as (
    select
        experiment_id,
        user_id,
        variant,
        assigned_at,
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
