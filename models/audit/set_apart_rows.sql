select
    table_name,
    row_key,
    row_status,
    case row_status
        when 'duplicate' then 'duplicate_key'
        else rejection_reason
    end as reason,
    load_id,
    happened_at
from {{ ref('row_statuses') }}
where row_status <> 'accepted'
