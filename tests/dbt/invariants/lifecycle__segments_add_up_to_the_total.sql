-- each user is in one value of each segment
{%- set states = ['new', 'retained', 'resurrected', 'dormant'] %}
with sums as (
    select
        period_grain,
        period_start,
        segment_name
        {%- for state in states %},
        sum({{ state }}_users) as {{ state }}_users
        {%- endfor %}
    from {{ ref('fct_active_users_by_period') }}
    group by period_grain, period_start, segment_name
)

select sums.*
from sums
inner join sums as totals
    on sums.period_grain = totals.period_grain
    and sums.period_start = totals.period_start
    and totals.segment_name = 'all'
where {% for state in states %}sums.{{ state }}_users <> totals.{{ state }}_users{{ ' or ' if not loop.last }}{% endfor %}
