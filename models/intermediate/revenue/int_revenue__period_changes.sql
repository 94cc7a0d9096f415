{%- set grains = ['week', 'month', 'quarter', 'fiscal_year'] -%}
{%- set attributes = segment_attributes('account') -%}
{%- set kinds = ['new', 'reactivation', 'expansion', 'contraction', 'churn'] -%}
{#- what a unit adds between an opening and a closing, whatever lies between them #}
{%- set retention = {
    'lost_customers': 'case when opening_cents > 0 and closing_cents = 0 then 1 else 0 end',
    'retained_change_cents': 'case when opening_cents > 0 then closing_cents - opening_cents else 0 end',
    'retained_loss_cents': 'greatest(opening_cents - closing_cents, 0)',
} -%}
{%- set sums = ['net_cents', 'fx_cents', 'customer_change'] -%}
{%- for kind in kinds %}{% do sums.append(kind ~ '_cents') %}{% endfor -%}

with units as (
    select * from {{ ref('int_revenue__unit_movements') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

units_of_accounts as (
    select
        {%- for attribute in attributes %}
        accounts.{{ attribute }},
        {%- endfor %}
        units.*
    from units
    inner join accounts on units.account_id = accounts.account_id
),

measured as (
    select
        {{ attributes | join(', ') }},
        account_id,
        plan_id,
        date,
        opening_cents,
        closing_cents,
        closing_cents - opening_cents as net_cents,
        fx_cents,
        {%- for kind in kinds %}
        case when movement_type = '{{ kind }}' then abs(movement_cents) else 0 end as {{ kind }}_cents,
        {%- endfor %}
        case when closing_cents > 0 then 1 else 0 end - case when opening_cents > 0 then 1 else 0 end as customer_change,
        {%- for name, expression in retention.items() %}
        {{ expression }} as {{ name }},
        {%- endfor %}
        lag(date) over by_date as previous_date,
        lead(date) over by_date as next_date
    from units_of_accounts
    window by_date as (partition by account_id, plan_id order by date)
),

by_day as (
    select
        {{ attributes | join(', ') }},
        plan_id,
        date
        {%- for name in sums + retention.keys() | list %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from measured
    group by {{ attributes | join(', ') }}, plan_id, date
),

-- where several movements fall into a period, its retention is not the sum of theirs
placed as (
    {%- for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'date') }} as period_start,
        previous_date is null or previous_date < {{ period_start(grain, 'date') }} as is_first,
        next_date is null or next_date >= {{ next_period_start(grain, period_start(grain, 'date')) }} as is_last,
        *
    from measured
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

together as (
    select
        {{ attributes | join(', ') }},
        plan_id,
        period_grain,
        period_start,
        {%- for name in retention %}
        sum({{ name }}) as apart_{{ name }},
        {%- endfor %}
        max(case when is_first then opening_cents end) as opening_cents,
        max(case when is_last then closing_cents end) as closing_cents
    from placed
    where not (is_first and is_last)
    group by {{ attributes | join(', ') }}, account_id, plan_id, period_grain, period_start
),

by_period as (
    select
        {{ attributes | join(', ') }},
        plan_id,
        period_grain,
        period_start
        {%- for name, expression in retention.items() %},
        sum({{ expression }} - apart_{{ name }}) as {{ name }}
        {%- endfor %}
    from together
    group by {{ attributes | join(', ') }}, plan_id, period_grain, period_start
),

days as (
    select
        segment_name,
        segment_value,
        date
        {%- for name in sums + retention.keys() | list %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from ({{ segments_of_units('by_day', ['date'] + sums + retention.keys() | list) }}) as segmented
    group by segment_name, segment_value, date
),

changes as (
    {%- for grain in ['day'] + grains %}
    select '{{ grain }}' as period_grain, {{ period_start(grain, 'date') }} as period_start, *
    from days

    union all
    {% endfor %}
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
        {%- for name in sums + retention.keys() | list %},
        cast(sum({{ name }}) as bigint) as {{ name }}
        {%- endfor %}
    from changes
    group by period_grain, period_start, segment_name, segment_value
)

select * from final
