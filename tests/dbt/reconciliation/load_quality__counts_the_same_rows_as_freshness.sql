-- readers see the same loads as audit counts, and the rows behind the dates are the accepted ones
with readable as (
    select * from {{ ref('fct_load_quality') }}
),

audited as (
    select * from {{ ref('rows_by_load') }}
),

accepted as (
    select table_name, sum(accepted_rows) as accepted_rows
    from readable
    group by table_name
)

select
    coalesce(readable.load_id, audited.load_id) as load_id,
    coalesce(readable.table_name, audited.table_name) as table_name
from readable
full outer join audited on readable.load_id = audited.load_id and readable.table_name = audited.table_name
where
    readable.landed_rows is distinct from audited.landed_rows
    or readable.accepted_rows is distinct from audited.accepted_rows
    or readable.duplicate_rows is distinct from audited.duplicate_rows
    or readable.rejected_rows is distinct from audited.rejected_rows
    or readable.loaded_at is distinct from audited.loaded_at

union all

select null as load_id, freshness.table_name
from {{ ref('fct_freshness') }} as freshness
left join accepted on freshness.table_name = accepted.table_name
where freshness.accepted_rows <> coalesce(accepted.accepted_rows, 0)
