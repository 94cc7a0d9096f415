with actives as (
    {%- for mart in ['fct_active_users_daily', 'fct_active_accounts_daily'] %}
    select
        '{{ mart }}' as mart,
        date,
        segment_name,
        dau,
        wau,
        mau
    from {{ ref(mart) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

totals as (
    select * from actives where segment_name = 'all'
),

sums as (
    select
        mart,
        date,
        segment_name,
        sum(dau) as dau,
        sum(wau) as wau,
        sum(mau) as mau
    from actives
    where segment_name <> 'all'
    group by mart, date, segment_name
)

select sums.*
from sums
inner join totals on sums.mart = totals.mart and sums.date = totals.date
where sums.dau <> totals.dau or sums.wau <> totals.wau or sums.mau <> totals.mau
