with states as (
    select * from {{ ref('int_revenue__subscription_states') }}
),

habits as (
    select * from {{ ref('int_revenue__billing_habits') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- periods are counted from the first date on which the subscription had a price
anchors as (
    select
        subscription_id,
        billing_interval,
        coalesce(interval_count, 1) as interval_count,
        min(valid_from) as anchor_date
    from states
    where status in ('active', 'past_due') and {{ list_amount('states') }} > 0
    group by subscription_id, billing_interval, coalesce(interval_count, 1)
),

date_range as (
    {{ date_range('anchors', 'anchor_date') }}
),

periods as (
    select * from {{ periods('date_range', ['day', 'week', 'month']) }} as all_periods
),

numbers as (
    select
        period_grain,
        row_number() over (partition by period_grain order by period_start) - 1 as number
    from periods
),

expected as (
    select
        anchors.*,
        {{ add_intervals('anchors.anchor_date', 'numbers.number', 'anchors') }} as date,
        {{ add_intervals('anchors.anchor_date', '(numbers.number + 1)', 'anchors') }} as next_date
    from anchors
    inner join numbers
        on numbers.period_grain = case anchors.billing_interval when 'week' then 'week' when 'day' then 'day' else 'month' end
),

final as (
    select
        states.account_id,
        states.subscription_id,
        states.currency,
        expected.date,
        {{ discounted_price(
            list_amount('states'),
            'case when expected.date >= states.discount_end_date then 0 else states.discount_percent end',
            'case when expected.date >= states.discount_end_date then 0 else states.discount_amount_minor_units end'
        ) }} as amount_minor_units,
        {{ add_days('case when habits.is_in_arrears then expected.next_date else expected.date end', 'cast(habits.wait_days as integer)') }}
            as invoice_date,
        {{ add_days('expected.next_date', 'cast(habits.possible_wait_days as integer)') }} as possible_invoice_date
    from expected
    cross join clock
    inner join states
        on expected.subscription_id = states.subscription_id
        and expected.billing_interval = states.billing_interval
        and expected.interval_count = coalesce(states.interval_count, 1)
        and states.valid_from <= expected.date
        and (states.valid_to is null or states.valid_to > expected.date)
        and (states.subscription_end_date is null or states.subscription_end_date > expected.date)
    inner join habits on expected.subscription_id = habits.subscription_id
    where
        expected.date <= clock.as_of_date
        and states.status in ('active', 'past_due')
        and not states.collection_paused
        and not habits.has_invoices_without_period
        -- when a subscription continues on a day, it is not known whether its period began before
        and (
            states.valid_from < expected.date
            or expected.date = expected.anchor_date
            or states.previous_status in ('active', 'past_due')
        )
)

select * from final
where amount_minor_units > 0
