with changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

subscriptions as (
    select * from {{ ref('int_revenue__subscriptions') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

full_refunds as (
    select * from {{ ref('int_revenue__full_refunds') }}
),

plans as (
    select * from {{ ref('stg_reference__plans') }}
),

dated as (
    select
        subscriptions.account_id,
        subscriptions.cancel_requested_date,
        subscriptions.ended_date,
        full_refunds.refund_date,
        coalesce(plans.included_seats, 1) as included_seats,
        changes.*,
        {{ local_date('changes.changed_at') }} as change_date
    from changes
    cross join clock
    inner join subscriptions on changes.subscription_id = subscriptions.subscription_id
    left join plans on changes.plan_id = plans.plan_id
    left join full_refunds
        on changes.subscription_id = full_refunds.subscription_id
        and {{ local_date('changes.changed_at') }} = full_refunds.change_date
    where {{ local_date('changes.changed_at') }} <= clock.as_of_date
),

-- all windows use the same order of a subscription's changes, so that one sort is enough
followed as (
    select
        *,
        lead(change_date) over (
            partition by subscription_id order by changed_at, {{ id_order('change_id', 'sequence') }}
        ) as next_change_date
    from dated
),

-- the last change of a day; an unbroken interval of past due begins after the last other state, no matter how many changes it
-- contains
days as (
    select
        *,
        lag(status) over up_to_date as previous_status,
        coalesce(
            max(case when status <> 'past_due' then next_change_date end) over up_to_date,
            min(change_date) over up_to_date
        ) as past_due_date,
        {%- if checked_var('cancel_policy') == 'at_request' %}
        min(
            case when status = 'canceled' and change_date >= cancel_requested_date then change_date end
        ) over (partition by subscription_id) as granted_date,
        {%- endif %}
        -- when the last cancellation was taken back; the year 9999 when it was not, and null when there was no cancellation
        max(
            case when status = 'canceled' then coalesce(next_change_date, cast('9999-12-31' as date)) end
        ) over (partition by subscription_id) as restart_date
    from followed
    where next_change_date is null or next_change_date > change_date
    window up_to_date as (
        partition by subscription_id order by changed_at rows between unbounded preceding and current row
    )
),

-- a subscription with an end date and a cancellation ended by the cancellation, unless it was active again
classified as (
    select
        *,
        case when restart_date is null or ended_date >= restart_date then ended_date end as silent_end_date
    from days
),

ending as (
    select
        *,
        {%- if checked_var('cancel_policy') == 'at_request' %}
        -- from the cancellation that the customer requested on, the changes count again
        case
            when granted_date is null or change_date < granted_date then least(cancel_requested_date, silent_end_date)
            else silent_end_date
        end as subscription_end_date
        {%- else %}
        silent_end_date as subscription_end_date
        {%- endif %}
    from classified
),

final as (
    select
        subscription_id,
        account_id,
        plan_id,
        status,
        previous_status,
        billing_interval,
        interval_count,
        coalesce(collection_paused, false) as collection_paused,
        currency,
        quantity,
        unit_amount_minor_units,
        amount_minor_units,
        included_seats,
        coalesce(discount_percent, 0) as discount_percent,
        coalesce(discount_amount_minor_units, 0) as discount_amount_minor_units,
        {{ local_date('discount_ends_at') }} as discount_end_date,
        case
            when status = 'past_due' then {{ add_days('past_due_date', checked_var('past_due_grace_days')) }}
        end as grace_end_date,
        -- an account that got back everything it paid for an invoice has left, until the subscription changes again
        least(subscription_end_date, refund_date) as subscription_end_date,
        change_date as valid_from,
        next_change_date as valid_to
    from ending
)

select * from final
