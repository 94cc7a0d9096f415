-- no row is ever dropped silently
select *
from {{ ref('rows_by_load') }}
where landed_rows <> accepted_rows + duplicate_rows + rejected_rows
