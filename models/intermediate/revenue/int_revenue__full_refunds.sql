with bills as (
    select * from {{ ref('int_revenue__bills') }}
),

changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

refunds as (
    select
        bills.subscription_id,
        bills.last_returned_date as refund_date,
        max({{ local_date('changes.changed_at') }}) as change_date
    from bills
    inner join changes
        on bills.subscription_id = changes.subscription_id
        and {{ local_date('changes.changed_at') }} <= bills.last_returned_date
    where
        {{ 'true' if checked_var('refund_policy') == 'full_refund_ends' else 'false' }}
        and bills.paid_cents > 0
        and bills.returned_cents >= bills.paid_cents
    group by bills.subscription_id, bills.last_returned_date
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
