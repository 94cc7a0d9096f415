select subscriptions.*, subscription_mrr.valid_from, subscription_mrr.mrr_minor_units
from {{ ref('subscriptions_never_in_force') }} as subscriptions
inner join {{ ref('int_revenue__subscription_mrr') }} as subscription_mrr
    on subscriptions.subscription_id = subscription_mrr.subscription_id
where subscription_mrr.mrr_minor_units > 0
