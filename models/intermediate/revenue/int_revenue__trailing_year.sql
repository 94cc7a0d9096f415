-- MRR now of those who paid a year ago changes when an account's MRR changes and, a year later, when
-- that change has become its starting point: two breakpoints per movement, summed up once.
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
        closing_cents - opening_cents as now_change
    from units

    union all

    select
        account_id,
        plan_id,
        {{ date_a_year_after('date') }} as date,
        closing_cents - opening_cents as start_change,
        cast(0 as bigint) as now_change
    from units
),

-- of several breakpoints of a date each has seen all
pairs as (
    select
        account_id,
        plan_id,
        date,
        cast(sum(start_change) over up_to_date as bigint) as start_cents,
        cast(sum(now_change) over up_to_date as bigint) as now_cents
    from breakpoints
    window up_to_date as (partition by account_id, plan_id order by date)
),

kept as (
    select
        account_id,
        plan_id,
        date,
        start_cents,
        case when start_cents > 0 then now_cents else 0 end as kept_cents,
        case when start_cents > 0 then least(start_cents, now_cents) else 0 end as kept_at_most_cents
    from pairs
),

changes as (
    select
        account_id,
        plan_id,
        date,
        start_cents - lag(start_cents, 1, cast(0 as bigint)) over by_date as start_change_cents,
        kept_cents - lag(kept_cents, 1, cast(0 as bigint)) over by_date as kept_change_cents,
        kept_at_most_cents - lag(kept_at_most_cents, 1, cast(0 as bigint)) over by_date as kept_at_most_change_cents
    from kept
    window by_date as (partition by account_id, plan_id order by date)
),

by_attributes as (
    select
        {%- for attribute in segment_attributes('account') %}
        accounts.{{ attribute }},
        {%- endfor %}
        changes.plan_id,
        changes.date,
        sum(changes.start_change_cents) as start_change_cents,
        sum(changes.kept_change_cents) as kept_change_cents,
        sum(changes.kept_at_most_change_cents) as kept_at_most_change_cents
    from changes
    inner join accounts on changes.account_id = accounts.account_id
    group by {{ segment_attributes('account') | join(', ') }}, changes.plan_id, changes.date
),

final as (
    select
        segment_name,
        segment_value,
        date,
        cast(sum(start_change_cents) as bigint) as start_change_cents,
        cast(sum(kept_change_cents) as bigint) as kept_change_cents,
        cast(sum(kept_at_most_change_cents) as bigint) as kept_at_most_change_cents
    from (
        {{ segments_of_units(
            'by_attributes', ['date', 'start_change_cents', 'kept_change_cents', 'kept_at_most_change_cents']
        ) }}
    ) as segmented
    group by segment_name, segment_value, date
)

select * from final
