-- without it low scores are in no band, and with a lower one a band holds no score
select min(from_score) as lowest_score
from {{ ref('stg_reference__churn_bands') }}
having min(from_score) is distinct from 0
