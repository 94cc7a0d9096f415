with totals as (
    select * from {{ ref('fct_active_accounts_daily') }} where segment_name = 'all'
),

sums as (
    select
        date,
        segment_name,
        sum(dau) as dau,
        sum(wau) as wau,
        sum(mau) as mau
    from {{ ref('fct_active_accounts_daily') }}
    where segment_name <> 'all'
    group by date, segment_name
)

select sums.*
from sums
inner join totals on sums.date = totals.date
where sums.dau <> totals.dau or sums.wau <> totals.wau or sums.mau <> totals.mau
