with freshness as (
    select * from {{ ref('int_loads__freshness') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        freshness.table_name,
        freshness.accepted_rows,
        cast({{ days_between(local_date('freshness.last_happened_at'), 'clock.as_of_date') }} as integer) as behind_days,
        freshness.last_happened_at,
        freshness.last_received_at,
        freshness.last_loaded_at,
        clock.as_of_date
    from freshness
    cross join clock
)

select * from final
