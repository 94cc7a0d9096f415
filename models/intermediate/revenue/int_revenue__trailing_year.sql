-- MRR now of those who paid a year ago changes when an account's MRR changes and, a year later, when
-- that change has become its starting point: two breakpoints per movement, summed up once.
with movements as (
    select * from {{ ref('int_revenue__segment_movements') }}
),

breakpoints as (
    select
        segment_name,
        segment_value,
        account_id,
        date,
        0 as start_change,
        closing_cents - opening_cents as now_change
    from movements

    union all

    select
        segment_name,
        segment_value,
        account_id,
        {{ date_a_year_after('date') }} as date,
        closing_cents - opening_cents as start_change,
        0 as now_change
    from movements
),

daily as (
    select
        segment_name,
        segment_value,
        account_id,
        date,
        sum(start_change) as start_change,
        sum(now_change) as now_change
    from breakpoints
    group by segment_name, segment_value, account_id, date
),

pairs as (
    select
        segment_name,
        segment_value,
        account_id,
        date,
        sum(start_change) over up_to_date as start_cents,
        sum(now_change) over up_to_date as now_cents
    from daily
    window up_to_date as (
        partition by segment_name, segment_value, account_id
        order by date rows between unbounded preceding and current row
    )
),

kept as (
    select
        segment_name,
        segment_value,
        account_id,
        date,
        start_cents,
        case when start_cents > 0 then now_cents else 0 end as kept_cents,
        case when start_cents > 0 then least(start_cents, now_cents) else 0 end as kept_at_most_cents
    from pairs
),

changes as (
    select
        segment_name,
        segment_value,
        date,
        start_cents - coalesce(lag(start_cents) over by_date, 0) as start_change,
        kept_cents - coalesce(lag(kept_cents) over by_date, 0) as kept_change,
        kept_at_most_cents - coalesce(lag(kept_at_most_cents) over by_date, 0) as kept_at_most_change
    from kept
    window by_date as (partition by segment_name, segment_value, account_id order by date)
),

final as (
    select
        segment_name,
        segment_value,
        date,
        cast(sum(start_change) as bigint) as start_change_cents,
        cast(sum(kept_change) as bigint) as kept_change_cents,
        cast(sum(kept_at_most_change) as bigint) as kept_at_most_change_cents
    from changes
    group by segment_name, segment_value, date
)

select * from final
