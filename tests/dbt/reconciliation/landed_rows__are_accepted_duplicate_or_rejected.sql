-- nothing is ever dropped in silence
select *
from {{ ref('rows_by_load') }}
where landed_rows <> accepted_rows + duplicate_rows + rejected_rows
