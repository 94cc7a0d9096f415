with due_periods as (
    select * from {{ ref('int_revenue__due_periods') }}
),

bills as (
    select * from {{ ref('int_revenue__bills') }}
),

billed_contracts as (
    select * from {{ ref('int_revenue__billed_contracts') }}
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
    from bills
),

-- what was written before the first bill that is known, or is to be after the last, is not known
judged as (
    select
        due_periods.*,
        due_periods.possible_bill_date > least(clock.as_of_date, known.last_date) as may_be_to_come
    from due_periods
    cross join clock
    cross join known
    cross join rule
    where
        {{ add_days('due_periods.bill_date', 'rule.days') }} <= clock.as_of_date
        and due_periods.bill_date between known.first_date and known.last_date
),

covered as (
    select distinct
        judged.subscription_id,
        judged.date
    from judged
    inner join billed_contracts
        on judged.subscription_id = billed_contracts.subscription_id
        and billed_contracts.period_start_date <= judged.date
        and billed_contracts.period_end_date > judged.date
    where not billed_contracts.is_added and (billed_contracts.names_contract or judged.currency = billed_contracts.currency)
),

counted as (
    select
        judged.*,
        covered.date is not null as is_covered,
        count(covered.date) over of_contract as own_covered,
        count(*) over of_contract as own_periods,
        count(covered.date) over () as all_covered,
        count(*) over () as all_periods
    from judged
    left join covered on judged.subscription_id = covered.subscription_id and judged.date = covered.date
    window of_contract as (partition by judged.subscription_id)
),

final as (
    select
        rule.rule_id,
        counted.subscription_id || '/' || counted.date as finding_key,
        counted.account_id,
        counted.subscription_id,
        cast(null as text) as invoice_id,
        counted.date as detected_for_date,
        counted.amount_cents,
        counted.currency,
        {{ earned_confidence(
            'counted.own_covered', 'counted.own_periods', 'counted.all_covered', 'counted.all_periods'
        ) }} as confidence,
        case
            when counted.own_covered = 0 and 2 * counted.all_covered < counted.all_periods
                then 'most periods of all contracts have no bill: the bills are not all there'
            when counted.may_be_to_come then 'no bill of the contract is known, and some are billed when a period is over'
        end as doubt,
        'no bill covers ' || counted.date as evidence
    from counted
    cross join rule
    where not counted.is_covered
)

select * from final
