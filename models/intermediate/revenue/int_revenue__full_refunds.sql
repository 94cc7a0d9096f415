with invoices as (
    select * from {{ ref('int_revenue__invoices') }}
),

changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

refunds as (
    select
        invoices.subscription_id,
        invoices.last_returned_date as refund_date,
        max({{ local_date('changes.changed_at') }}) as change_date
    from invoices
    inner join changes
        on invoices.subscription_id = changes.subscription_id
        and {{ local_date('changes.changed_at') }} <= invoices.last_returned_date
    where
        {{ 'true' if checked_var('refund_policy') == 'full_refund_ends' else 'false' }}
        and invoices.paid_minor_units > 0
        and invoices.returned_minor_units >= invoices.paid_minor_units
    group by invoices.subscription_id, invoices.last_returned_date
),

final as (
    select
        subscription_id,
        change_date,
        min(refund_date) as refund_date
    from refunds
    group by subscription_id, change_date
)

select * from final
