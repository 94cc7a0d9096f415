with bills as (
    select * from {{ ref('int_revenue__bills') }}
),

changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

-- what is added within a period that has its bill is no whole period
ordered as (
    select
        *,
        max(period_end_at) over (
            partition by subscription_id
            order by period_start_at, issued_at, {{ text_order('invoice_id') }}
            rows between unbounded preceding and 1 preceding
        ) as billed_until
    from bills
    where subscription_id is not null and period_start_at is not null
),

states as (
    select
        subscription_id,
        currency,
        billing_interval,
        discount_ends_at,
        coalesce(discount_percent, 0) as discount_percent,
        cast(quantity as {{ wide_integer() }}) * unit_amount_cents as list_amount_cents,
        case billing_interval when 'year' then 12 when 'quarter' then 3 when 'month' then 1 end as months,
        changed_at,
        lead(changed_at) over (
            partition by subscription_id order by changed_at, {{ text_order('change_id') }}
        ) as next_changed_at
    from changes
),

-- nor is the rest of a period without one; an hour may be lost to a clock change
priced as (
    select
        ordered.invoice_id,
        states.list_amount_cents,
        case
            when states.discount_ends_at <= ordered.issued_at then 0 else states.discount_percent
        end as discount_percent,
        case when states.discount_ends_at <= ordered.issued_at then states.discount_percent end as ended_discount_percent
    from ordered
    inner join states
        on ordered.subscription_id = states.subscription_id
        and ordered.currency = states.currency
        and states.changed_at <= ordered.issued_at
        and (states.next_changed_at is null or states.next_changed_at > ordered.issued_at)
    where
        (ordered.billed_until is null or ordered.billed_until <= ordered.period_start_at)
        and {{ seconds_between('ordered.period_start_at', 'ordered.period_end_at') }} >= 86400 * {{ days_between(
            'cast(ordered.period_start_at as date)',
            'case when states.months is null then '
            ~ add_days('cast(ordered.period_start_at as date)', 7)
            ~ ' else ' ~ add_months('cast(ordered.period_start_at as date)', 'states.months') ~ ' end'
        ) }} - 3600
),

final as (
    select
        invoice_id,
        {{ discounted_price('list_amount_cents', 'discount_percent') }} as contracted_cents,
        case
            when ended_discount_percent > 0
                then {{ discounted_price('list_amount_cents', 'ended_discount_percent') }}
        end as price_with_ended_discount_cents
    from priced
)

select * from final
