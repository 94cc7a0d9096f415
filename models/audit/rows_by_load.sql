{%- set raw_tables = [
    ('app', 'accounts'),
    ('app', 'users'),
    ('app', 'user_aliases'),
    ('billing', 'subscriptions'),
    ('billing', 'subscription_changes'),
    ('billing', 'invoices'),
    ('billing', 'invoice_lines'),
    ('billing', 'payments'),
    ('support', 'support_tickets'),
    ('feedback', 'nps_responses'),
    ('experiments', 'experiment_assignments'),
] -%}

with loads as (
    select * from {{ source('audit', 'loads') }}
),

quarantined_rows as (
    select * from {{ ref('quarantined_rows') }}
),

raw_rows as (
    {%- for source_name, table_name in raw_tables %}
    select load_id, '{{ table_name }}' as table_name, count(*) as row_count
    from {{ source(source_name, table_name) }}
    group by load_id
    union all
    {%- endfor %}
    select load_id, 'events' as table_name, cast(sum(row_count) as bigint) as row_count
    from {{ ref('stg_app__event_loads') }}
    group by load_id
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

quarantined as (
    select
        load_id,
        table_name,
        count(*) filter (where row_status = 'duplicate') as duplicate_rows,
        count(*) filter (where reason = 'conflicting_key') as conflicting_rows,
        count(*) filter (where row_status = 'rejected') as rejected_rows
    from quarantined_rows
    group by load_id, table_name
),

classified as (
    select
        raw_rows.load_id,
        raw_rows.table_name,
        raw_rows.row_count,
        coalesce(quarantined.duplicate_rows, 0) as duplicate_rows,
        coalesce(quarantined.conflicting_rows, 0) as conflicting_rows,
        coalesce(quarantined.rejected_rows, 0) as rejected_rows
    from raw_rows
    left join quarantined
        on raw_rows.table_name = quarantined.table_name
        and raw_rows.load_id is not distinct from quarantined.load_id
),

final as (
    select
        -- rows that the loader did not write have no load
        coalesce(files.load_id, classified.load_id, 'none') as load_id,
        coalesce(files.table_name, classified.table_name) as table_name,
        coalesce(files.landed_rows, classified.row_count, 0) as landed_rows,
        coalesce(classified.row_count - classified.duplicate_rows - classified.rejected_rows, 0) as accepted_rows,
        coalesce(classified.duplicate_rows, 0) as duplicate_rows,
        coalesce(classified.conflicting_rows, 0) as conflicting_rows,
        coalesce(classified.rejected_rows, 0) + coalesce(files.unreadable_rows, 0) as rejected_rows,
        coalesce(files.unreadable_rows, 0) as unreadable_rows,
        files.loaded_at
    from files
    full outer join classified
        on files.load_id = classified.load_id and files.table_name = classified.table_name
)

select * from final
