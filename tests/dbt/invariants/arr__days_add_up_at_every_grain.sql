{%- set kinds = ['new', 'reactivation', 'expansion', 'contraction', 'churn', 'fx'] -%}
with periods as (
    select * from {{ ref('fct_arr_by_period') }} where period_grain <> 'day'
),

days as (
    {%- for grain in ['week', 'month', 'quarter', 'fiscal_year'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'period_start') }} as period_start,
        segment_name,
        segment_value
        {%- for kind in kinds %},
        sum({{ kind }}_arr_amount) as {{ kind }}_arr_amount
        {%- endfor %}
    from {{ ref('fct_arr_by_period') }}
    where period_grain = 'day'
    group by {{ period_start(grain, 'period_start') }}, segment_name, segment_value
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select periods.*
from periods
left join days
    on periods.period_grain = days.period_grain
    and periods.period_start = days.period_start
    and periods.segment_name = days.segment_name
    and periods.segment_value = days.segment_value
where
    days.period_start is null
    {%- for kind in kinds %}
    or periods.{{ kind }}_arr_amount <> days.{{ kind }}_arr_amount
    {%- endfor %}
