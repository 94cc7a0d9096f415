-- each type of movement, by month, compared with the rows behind it
with expected as (
    select
        {{ period_start('month', 'date') }} as period_start,
        movement_type,
        abs(sum(case when movement_type = 'fx' then 0 else amount_cents end)) as cents,
        sum(case when movement_type = 'fx' then amount_cents else 0 end) as fx_cents
    from {{ ref('fct_mrr_movements') }}
    group by {{ period_start('month', 'date') }}, movement_type
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

found as (
    {%- for kind in ['new', 'reactivation', 'expansion', 'contraction', 'churn', 'fx'] %}
    select period_start, '{{ kind }}' as movement_type, {{ kind }}_arr_amount as arr_amount
    from {{ ref('fct_arr_by_period') }}
    where period_grain = 'month' and segment_name = 'all'
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select found.period_start, found.movement_type, found.arr_amount, expected.cents, expected.fx_cents
from found
cross join reporting
left join expected
    on found.period_start = expected.period_start and found.movement_type = expected.movement_type
where found.arr_amount <> {{ arr_amount('(coalesce(expected.cents, 0) + coalesce(expected.fx_cents, 0))') }}
