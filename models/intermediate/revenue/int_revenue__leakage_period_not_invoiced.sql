with states as (
    select * from {{ ref('int_revenue__subscription_states') }}
),

bills as (
    select * from {{ ref('int_revenue__bills') }}
),

rule as (
    select * from {{ ref('stg_reference__leakage_rules') }} where rule_id = 'period_not_invoiced'
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- periods are counted from the first date on which the contract had a price
anchors as (
    select
        subscription_id,
        billing_interval,
        min(valid_from) as anchor_date
    from states
    where status in ('active', 'past_due') and quantity > 0 and unit_amount_cents > 0
    group by subscription_id, billing_interval
),

date_range as (
    select
        min(anchors.anchor_date) as first_date,
        max(clock.as_of_date) as last_date
    from anchors
    cross join clock
),

periods as (
    select * from {{ periods('date_range', ['week', 'month']) }} as all_periods
),

numbers as (
    select
        period_grain,
        row_number() over (partition by period_grain order by period_start) - 1 as number
    from periods
),

expected as (
    select
        anchors.subscription_id,
        anchors.billing_interval,
        case
            when anchors.billing_interval = 'week'
                then {{ add_days('anchors.anchor_date', 'cast(7 * numbers.number as integer)') }}
            else {{ add_months(
                'anchors.anchor_date',
                "numbers.number * case anchors.billing_interval when 'year' then 12 when 'quarter' then 3 else 1 end"
            ) }}
        end as date
    from anchors
    inner join numbers
        on numbers.period_grain = case when anchors.billing_interval = 'week' then 'week' else 'month' end
),

-- a bill that names no period may be for any
judged_from as (
    select min(issued_date) as date from bills
),

without_periods as (
    select distinct subscription_id
    from bills
    where subscription_id is not null and (period_start_date is null or period_end_date is null)
),

priced as (
    select
        states.account_id,
        states.subscription_id,
        states.currency,
        expected.date,
        {{ discounted_price(
            'cast(states.quantity as ' ~ wide_integer() ~ ') * states.unit_amount_cents',
            'case when expected.date >= states.discount_end_date then 0 else states.discount_percent end'
        ) }} as amount_cents
    from expected
    cross join clock
    inner join judged_from on expected.date >= judged_from.date
    inner join rule on {{ add_days('expected.date', 'rule.days') }} <= clock.as_of_date
    inner join states
        on expected.subscription_id = states.subscription_id
        and expected.billing_interval = states.billing_interval
        and states.valid_from <= expected.date
        and (states.valid_to is null or states.valid_to > expected.date)
        and (states.contract_end_date is null or states.contract_end_date > expected.date)
    left join without_periods on expected.subscription_id = without_periods.subscription_id
    where states.status in ('active', 'past_due') and without_periods.subscription_id is null
),

final as (
    select
        rule.rule_id,
        priced.subscription_id || '/' || priced.date as finding_key,
        priced.account_id,
        priced.subscription_id,
        cast(null as text) as invoice_id,
        priced.date as detected_for_date,
        priced.amount_cents,
        priced.currency,
        'no bill covers ' || priced.date as evidence
    from priced
    cross join rule
    left join bills
        on priced.subscription_id = bills.subscription_id
        and bills.period_start_date <= priced.date
        and bills.period_end_date > priced.date
    where bills.invoice_id is null and priced.amount_cents > 0
)

select * from final
