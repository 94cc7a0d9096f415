-- without a band from 0, low scores are in no band; a band below 0 contains no score
select min(from_score) as lowest_score
from {{ ref('stg_reference__churn_bands') }}
having min(from_score) is distinct from 0
