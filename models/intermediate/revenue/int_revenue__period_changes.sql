{%- set grains = ['day', 'week', 'month', 'quarter', 'fiscal_year'] -%}
{%- set attributes = segment_attributes('account') -%}
{#- what a movement adds to the bridge #}
{%- set sums = {
    'net_cents': 'closing_cents - opening_cents',
    'fx_cents': 'fx_cents',
    'customer_change':
        'case when closing_cents > 0 then 1 else 0 end - case when opening_cents > 0 then 1 else 0 end',
} -%}
{%- for kind in ['new', 'reactivation', 'expansion', 'contraction', 'churn'] %}
{%- do sums.update({kind ~ '_cents': "case when movement_type = '" ~ kind ~ "' then abs(movement_cents) else 0 end"}) %}
{%- endfor -%}
{#- what a unit adds between an opening and a closing, whatever happens between them #}
{%- set retention = {
    'lost_customers': 'case when opening_cents > 0 and closing_cents = 0 then 1 else 0 end',
    'retained_change_cents': 'case when opening_cents > 0 then closing_cents - opening_cents else 0 end',
    'retained_loss_cents': 'greatest(opening_cents - closing_cents, 0)',
} -%}
{%- set measures = dict(sums, **retention) -%}

with units as (
    select * from {{ ref('int_revenue__unit_movements') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

by_day as (
    select
        {%- for attribute in attributes %}
        accounts.{{ attribute }},
        {%- endfor %}
        units.plan_id,
        units.date
        {%- for name, expression in measures.items() %},
        cast(sum({{ expression }}) as bigint) as {{ name }}
        {%- endfor %}
    from units
    inner join accounts on units.account_id = accounts.account_id
    group by {% for attribute in attributes %}accounts.{{ attribute }}, {% endfor %}units.plan_id, units.date
),

days as (
    select
        segment_name,
        segment_value,
        date
        {%- for name in measures %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from ({{ segments_of_units('by_day', ['date'] + measures | list) }}) as segmented
    group by segment_name, segment_value, date
),

dates as (
    select distinct date from days
),

periods as (
    {%- for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        date,
        {{ period_start(grain, 'date') }} as period_start,
        {{ next_period_start(grain, period_start(grain, 'date')) }} as next_period_start
    from dates
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

neighbours as (
    select
        *,
        lag(date) over by_date as previous_date,
        lead(date) over by_date as next_date
    from units
    window by_date as (partition by account_id, plan_id order by date)
),

placed as (
    select
        neighbours.*,
        periods.period_grain,
        periods.period_start,
        neighbours.previous_date is null or neighbours.previous_date < periods.period_start as is_first,
        neighbours.next_date is null or neighbours.next_date >= periods.next_period_start as is_last
    from neighbours
    inner join periods on neighbours.date = periods.date
),

-- when a period has several movements, its retention is not the sum of theirs
together as (
    select
        account_id,
        plan_id,
        period_grain,
        period_start,
        {%- for name, expression in retention.items() %}
        cast(sum({{ expression }}) as bigint) as apart_{{ name }},
        {%- endfor %}
        max(case when is_first then opening_cents end) as opening_cents,
        max(case when is_last then closing_cents end) as closing_cents
    from placed
    where not (is_first and is_last)
    group by account_id, plan_id, period_grain, period_start
),

by_period as (
    select
        {%- for attribute in attributes %}
        accounts.{{ attribute }},
        {%- endfor %}
        together.plan_id,
        together.period_grain,
        together.period_start
        {%- for name, expression in retention.items() %},
        sum({{ expression }} - apart_{{ name }}) as {{ name }}
        {%- endfor %}
    from together
    inner join accounts on together.account_id = accounts.account_id
    group by
        {% for attribute in attributes %}accounts.{{ attribute }}, {% endfor -%}
        together.plan_id, together.period_grain, together.period_start
),

changes as (
    select
        periods.period_grain,
        periods.period_start,
        days.*
    from days
    inner join periods on days.date = periods.date

    union all

    select
        period_grain,
        period_start,
        segment_name,
        segment_value,
        cast(null as date) as date
        {%- for name in sums %},
        0 as {{ name }}
        {%- endfor %}
        {%- for name in retention %},
        {{ name }}
        {%- endfor %}
    from ({{ segments_of_units('by_period', ['period_grain', 'period_start'] + retention.keys() | list) }}) as segmented
),

final as (
    select
        period_grain,
        period_start,
        segment_name,
        segment_value
        {%- for name in measures %},
        cast(sum({{ name }}) as bigint) as {{ name }}
        {%- endfor %}
    from changes
    group by period_grain, period_start, segment_name, segment_value
)

select * from final
