with bills as (
    select * from {{ ref('int_revenue__bills') }}
),

lines as (
    select * from {{ ref('stg_billing__invoice_lines') }}
),

contracts as (
    select * from {{ ref('int_revenue__contracts') }}
),

-- what a bill says line by line is for the contract and period of the line; only what is for a period has a price
itemised as (
    select
        bills.invoice_id,
        coalesce(lines.subscription_id, bills.subscription_id) as subscription_id,
        cast(sum(case when lines.kind in ('period', 'discount') then lines.amount_cents else 0 end) as bigint) as billed_cents,
        min(case when lines.kind = 'period' then lines.period_start end) as period_start_at,
        max(case when lines.kind = 'period' then lines.period_end end) as period_end_at
    from lines
    inner join bills on lines.invoice_id = bills.invoice_id
    group by bills.invoice_id, coalesce(lines.subscription_id, bills.subscription_id)
    having max(case when lines.kind = 'period' then 1 end) = 1
),

with_lines as (
    select distinct invoice_id from lines
),

-- a bill without lines is one for the contract it names, else for all contracts of the account
parts as (
    select
        bills.invoice_id,
        bills.subscription_id,
        bills.account_id,
        bills.currency,
        bills.issued_at,
        bills.issued_date,
        bills.billed_cents,
        bills.period_start_at,
        bills.period_end_at
    from bills
    left join with_lines on bills.invoice_id = with_lines.invoice_id
    where with_lines.invoice_id is null

    union all

    select
        itemised.invoice_id,
        itemised.subscription_id,
        coalesce(contracts.account_id, bills.account_id) as account_id,
        bills.currency,
        bills.issued_at,
        bills.issued_date,
        itemised.billed_cents,
        itemised.period_start_at,
        itemised.period_end_at
    from itemised
    inner join bills on itemised.invoice_id = bills.invoice_id
    left join contracts on itemised.subscription_id = contracts.subscription_id
),

placed as (
    select
        parts.*,
        {{ local_date('parts.period_start_at') }} as period_start_date,
        {{ local_date('parts.period_end_at') }} as period_end_date
    from parts
),

final as (
    select
        placed.invoice_id,
        placed.subscription_id,
        placed.account_id,
        placed.subscription_id as scope_id,
        true as names_contract,
        placed.currency,
        placed.billed_cents,
        placed.issued_at,
        placed.issued_date,
        placed.period_start_at,
        placed.period_end_at,
        placed.period_start_date,
        placed.period_end_date
    from placed
    where placed.subscription_id is not null

    union all

    select
        placed.invoice_id,
        contracts.subscription_id,
        placed.account_id,
        placed.account_id || '/' || placed.currency as scope_id,
        false as names_contract,
        placed.currency,
        placed.billed_cents,
        placed.issued_at,
        placed.issued_date,
        placed.period_start_at,
        placed.period_end_at,
        placed.period_start_date,
        placed.period_end_date
    from placed
    inner join contracts on placed.account_id = contracts.account_id
    where placed.subscription_id is null
)

select * from final
