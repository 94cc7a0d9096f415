select contracts.*, subscription_mrr.valid_from, subscription_mrr.mrr_minor_units
from {{ ref('contracts_never_in_force') }} as contracts
inner join {{ ref('int_revenue__subscription_mrr') }} as subscription_mrr
    on contracts.subscription_id = subscription_mrr.subscription_id
where subscription_mrr.mrr_minor_units > 0
