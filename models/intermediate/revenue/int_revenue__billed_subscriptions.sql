with invoices as (
    select * from {{ ref('int_revenue__invoices') }}
),

lines as (
    select * from {{ ref('stg_billing__invoice_lines') }}
),

subscriptions as (
    select * from {{ ref('int_revenue__subscriptions') }}
),

changes as (
    select
        *,
        lag(status in ('active', 'past_due') and {{ list_amount('changes') }} > 0) over (
            partition by subscription_id order by changed_at, {{ id_order('change_id', 'sequence') }}
        ) as had_price
    from {{ ref('stg_billing__subscription_changes') }} as changes
),

-- An invoice with lines is for the subscriptions and periods of its lines; only a line for a period has a price. Without such a
-- line the invoice is for the part of a period that it charges, and has no price.
itemised as (
    select
        invoices.invoice_id,
        coalesce(lines.subscription_id, invoices.subscription_id) as subscription_id,
        case
            when max(case when lines.kind = 'period' then 1 end) = 1
                then cast(sum(case when lines.kind in ('period', 'discount') then lines.amount_minor_units else 0 end) as bigint)
        end as billed_minor_units,
        coalesce(
            min(case when lines.kind = 'period' then lines.period_start end),
            min(case when lines.kind = 'proration' and lines.amount_minor_units > 0 then lines.period_start end)
        ) as period_start_at,
        coalesce(
            max(case when lines.kind = 'period' then lines.period_end end),
            max(case when lines.kind = 'proration' and lines.amount_minor_units > 0 then lines.period_end end)
        ) as period_end_at
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    group by invoices.invoice_id, coalesce(lines.subscription_id, invoices.subscription_id)
    having max(case when lines.kind = 'period' or lines.kind = 'proration' and lines.amount_minor_units > 0 then 1 end) = 1
),

with_lines as (
    select distinct invoice_id from lines
),

-- an invoice without lines is for the subscription it names, else for all subscriptions of the account
parts as (
    select
        invoices.invoice_id,
        invoices.subscription_id,
        invoices.account_id,
        invoices.currency,
        invoices.issued_at,
        invoices.issued_date,
        invoices.billed_minor_units,
        invoices.period_start_at,
        invoices.period_end_at
    from invoices
    left join with_lines on invoices.invoice_id = with_lines.invoice_id
    where with_lines.invoice_id is null

    union all

    select
        itemised.invoice_id,
        itemised.subscription_id,
        coalesce(subscriptions.account_id, invoices.account_id) as account_id,
        invoices.currency,
        invoices.issued_at,
        invoices.issued_date,
        itemised.billed_minor_units,
        itemised.period_start_at,
        itemised.period_end_at
    from itemised
    inner join invoices on itemised.invoice_id = invoices.invoice_id
    left join subscriptions on itemised.subscription_id = subscriptions.subscription_id
),

placed as (
    select
        parts.*,
        {{ local_date('parts.period_start_at') }} as period_start_date,
        {{ local_date('parts.period_end_at') }} as period_end_date
    from parts
),

spread as (
    select
        placed.invoice_id,
        coalesce(placed.subscription_id, subscriptions.subscription_id) as subscription_id,
        placed.account_id,
        coalesce(placed.subscription_id, placed.account_id || '/' || placed.currency) as scope_id,
        placed.subscription_id is not null as names_subscription,
        placed.currency,
        placed.billed_minor_units,
        placed.issued_at,
        placed.issued_date,
        placed.period_start_at,
        placed.period_end_at,
        placed.period_start_date,
        placed.period_end_date
    from placed
    left join subscriptions
        on case when placed.subscription_id is null then placed.account_id end = subscriptions.account_id
    where placed.subscription_id is not null or subscriptions.subscription_id is not null
),

-- an invoice that begins within a period, at the moment of a change, and is for less than a period is in addition to the invoice
-- of that period
added as (
    select distinct
        spread.invoice_id,
        spread.scope_id
    from spread
    inner join changes on spread.subscription_id = changes.subscription_id and spread.period_start_at = changes.changed_at
    where
        changes.had_price
        and (
            spread.billed_minor_units is null
            or not ({{ is_whole_period('spread', 'changes') }})
        )
),

final as (
    select
        spread.*,
        added.invoice_id is not null as is_added
    from spread
    left join added on spread.invoice_id = added.invoice_id and spread.scope_id = added.scope_id
)

select * from final
