{%- set kinds = ['expansion', 'contraction', 'reactivation', 'churn', 'fx'] -%}
{#- what is summed over units that paid at the opening #}
{%- set measures = ['start', 'kept', 'kept_at_most', 'start_customers'] + kinds -%}
{%- set changes = [] -%}
{%- for measure in measures %}
{%- do changes.append(measure ~ '_change' if measure == 'start_customers' else measure ~ '_change_cents') %}
{%- endfor -%}

-- The present MRR of accounts that paid a year ago changes when an account's MRR changes and, a year later, when that change
-- becomes part of its start. So each movement gives two breakpoints, which are summed once. The same holds for each type of
-- movement since then.
with units as (
    select * from {{ ref('int_revenue__unit_movements') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

breakpoints as (
    select
        account_id,
        plan_id,
        date,
        cast(0 as bigint) as start_change,
        closing_cents - opening_cents as now_change,
        movement_type,
        abs(movement_cents) as movement_cents,
        fx_cents
    from units

    union all

    select
        account_id,
        plan_id,
        {{ date_a_year_after('date') }} as date,
        closing_cents - opening_cents as start_change,
        cast(0 as bigint) as now_change,
        movement_type,
        -abs(movement_cents) as movement_cents,
        -fx_cents as fx_cents
    from units
),

-- when a date has several breakpoints, each contains the sum of all
pairs as (
    select
        account_id,
        plan_id,
        date,
        cast(sum(start_change) over up_to_date as bigint) as start_cents,
        cast(sum(now_change) over up_to_date as bigint) as now_cents,
        {%- for kind in kinds if kind != 'fx' %}
        cast(sum(case when movement_type = '{{ kind }}' then movement_cents else 0 end) over up_to_date as bigint) as {{ kind }}_cents,
        {%- endfor %}
        cast(sum(fx_cents) over up_to_date as bigint) as fx_cents
    from breakpoints
    window up_to_date as (partition by account_id, plan_id order by date)
),

kept as (
    select
        account_id,
        plan_id,
        date,
        start_cents as start,
        case when start_cents > 0 then now_cents else 0 end as kept,
        case when start_cents > 0 then least(start_cents, now_cents) else 0 end as kept_at_most,
        {%- for kind in kinds %}
        case when start_cents > 0 then {{ kind }}_cents else 0 end as {{ kind }},
        {%- endfor %}
        case when start_cents > 0 then 1 else 0 end as start_customers
    from pairs
),

changes as (
    select
        account_id,
        plan_id,
        date
        {%- for change in changes %},
        {{ measures[loop.index0] }} - lag({{ measures[loop.index0] }}, 1, 0) over by_date as {{ change }}
        {%- endfor %}
    from kept
    window by_date as (partition by account_id, plan_id order by date)
),

by_attributes as (
    select
        {%- for attribute in segment_attributes('account') %}
        accounts.{{ attribute }},
        {%- endfor %}
        changes.plan_id,
        changes.date
        {%- for change in changes %},
        cast(sum(changes.{{ change }}) as bigint) as {{ change }}
        {%- endfor %}
    from changes
    inner join accounts on changes.account_id = accounts.account_id
    group by {{ segment_attributes('account') | join(', ') }}, changes.plan_id, changes.date
),

final as (
    select
        segment_name,
        segment_value,
        date
        {%- for change in changes %},
        cast(sum({{ change }}) as bigint) as {{ change }}
        {%- endfor %}
    from ({{ segments_of_units('by_attributes', ['date'] + changes) }}) as segmented
    group by segment_name, segment_value, date
)

select * from final
