with row_statuses as (
    select * from {{ ref('row_statuses') }}
),

loads as (
    select * from {{ source('audit', 'loads') }}
),

judged as (
    select
        load_id,
        table_name,
        count(*) filter (where row_status = 'accepted') as accepted_rows,
        count(*) filter (where row_status = 'duplicate') as duplicate_rows,
        count(*) filter (where row_status = 'rejected') as set_apart_rows
    from row_statuses
    group by load_id, table_name
),

files as (
    select
        load_id,
        table_name,
        cast(sum(landed_rows) as bigint) as landed_rows,
        cast(sum(rejected_rows) as bigint) as unreadable_rows,
        min({{ utc_timestamp('loaded_at') }}) as loaded_at
    from loads
    group by load_id, table_name
),

final as (
    select
        -- rows written by other hands than the loader's have no load
        coalesce(files.load_id, judged.load_id, 'none') as load_id,
        coalesce(files.table_name, judged.table_name) as table_name,
        coalesce(
            files.landed_rows, judged.accepted_rows + judged.duplicate_rows + judged.set_apart_rows
        ) as landed_rows,
        coalesce(judged.accepted_rows, 0) as accepted_rows,
        coalesce(judged.duplicate_rows, 0) as duplicate_rows,
        coalesce(judged.set_apart_rows, 0) + coalesce(files.unreadable_rows, 0) as rejected_rows,
        coalesce(files.unreadable_rows, 0) as unreadable_rows,
        files.loaded_at
    from files
    full outer join judged
        on files.load_id = judged.load_id and files.table_name = judged.table_name
)

select * from final
