with rows_by_load as (
    select * from {{ ref('rows_by_load') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        rows_by_load.load_id,
        rows_by_load.table_name,
        cast(rows_by_load.landed_rows as bigint) as landed_rows,
        cast(rows_by_load.accepted_rows as bigint) as accepted_rows,
        cast(rows_by_load.duplicate_rows as bigint) as duplicate_rows,
        cast(rows_by_load.conflicting_rows as bigint) as conflicting_rows,
        cast(rows_by_load.rejected_rows as bigint) as rejected_rows,
        cast(rows_by_load.unreadable_rows as bigint) as unreadable_rows,
        rows_by_load.loaded_at,
        clock.as_of_date
    from rows_by_load
    cross join clock
)

select * from final
