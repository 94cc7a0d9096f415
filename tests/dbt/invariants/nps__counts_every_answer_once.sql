select *
from {{ ref('fct_nps') }}
where
    promoters + passives + detractors <> responses
    or nps_low > nps
    or nps_high < nps
