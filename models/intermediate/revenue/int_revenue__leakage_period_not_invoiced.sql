with due_periods as (
    select * from {{ ref('int_revenue__due_periods') }}
),

invoices as (
    select * from {{ ref('int_revenue__invoices') }}
),

billed_subscriptions as (
    select * from {{ ref('int_revenue__billed_subscriptions') }}
),

rule as (
    select * from {{ ref('stg_reference__leakage_rules') }} where rule_id = 'period_not_invoiced'
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

known as (
    select
        min(issued_date) as first_date,
        max(issued_date) as last_date
    from invoices
),

-- invoices before the first known one and after the last known one are unknown
classified as (
    select
        due_periods.*,
        due_periods.possible_invoice_date > least(clock.as_of_date, known.last_date) as may_be_to_come
    from due_periods
    cross join clock
    cross join known
    cross join rule
    where
        {{ add_days('due_periods.invoice_date', 'rule.days') }} <= clock.as_of_date
        and due_periods.invoice_date between known.first_date and known.last_date
),

covered as (
    select distinct
        classified.subscription_id,
        classified.date
    from classified
    inner join billed_subscriptions
        on classified.subscription_id = billed_subscriptions.subscription_id
        and billed_subscriptions.period_start_date <= classified.date
        and billed_subscriptions.period_end_date > classified.date
    where not billed_subscriptions.is_added and (billed_subscriptions.names_subscription or classified.currency = billed_subscriptions.currency)
),

counted as (
    select
        classified.*,
        covered.date is not null as is_covered,
        count(covered.date) over of_subscription as own_covered,
        count(*) over of_subscription as own_periods,
        count(covered.date) over () as all_covered,
        count(*) over () as all_periods
    from classified
    left join covered on classified.subscription_id = covered.subscription_id and classified.date = covered.date
    window of_subscription as (partition by classified.subscription_id)
),

final as (
    select
        rule.rule_id,
        counted.subscription_id || '/' || counted.date as finding_key,
        counted.account_id,
        counted.subscription_id,
        cast(null as text) as invoice_id,
        counted.date as detected_for_date,
        counted.amount_minor_units,
        counted.currency,
        {{ earned_confidence(
            'counted.own_covered', 'counted.own_periods', 'counted.all_covered', 'counted.all_periods'
        ) }} as confidence,
        case
            when counted.own_covered = 0 and 2 * counted.all_covered < counted.all_periods
                then 'most periods of all subscriptions have no invoice: the invoices are not all there'
            when counted.may_be_to_come then 'no invoice of the subscription is known, and some are billed when a period is over'
        end as doubt,
        'no invoice covers ' || counted.date as evidence
    from counted
    cross join rule
    where not counted.is_covered
)

select * from final
