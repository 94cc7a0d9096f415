with changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

subscriptions as (
    select * from {{ ref('stg_billing__subscriptions') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

ranked as (
    select
        subscription_id,
        status,
        plan_id,
        billing_interval,
        currency,
        quantity,
        unit_amount_cents,
        coalesce(discount_percent, 0) as discount_percent,
        {{ local_date('discount_ends_at') }} as discount_end_date,
        {{ local_date('changed_at') }} as change_date,
        row_number() over (
            partition by subscription_id, {{ local_date('changed_at') }}
            order by changed_at desc, {{ text_order('change_id') }} desc
        ) as rank_from_end_of_day
    from changes
),

days as (
    select
        ranked.*,
        lag(status) over (partition by subscription_id order by change_date) as previous_status,
        lead(change_date) over (partition by subscription_id order by change_date) as next_change_date
    from ranked
    cross join clock
    where rank_from_end_of_day = 1 and change_date <= clock.as_of_date
),

-- an unbroken stretch of past due is one, however many changes fall into it
stretches as (
    select
        *,
        max(
            case when status = 'past_due' and previous_status is distinct from 'past_due' then change_date end
        ) over (
            partition by subscription_id order by change_date rows between unbounded preceding and current row
        ) as past_due_date
    from days
),

contract_ends as (
    select
        subscriptions.subscription_id,
        least(
            {%- if checked_var('cancel_policy') == 'at_request' %}
            {{ local_date('subscriptions.cancel_requested_at') }},
            {%- endif %}
            case when canceled.subscription_id is null then {{ local_date('subscriptions.ended_at') }} end
        ) as end_date
    from subscriptions
    left join (
        select distinct subscription_id from changes where status = 'canceled'
    ) as canceled on subscriptions.subscription_id = canceled.subscription_id
),

final as (
    select
        stretches.subscription_id,
        coalesce(subscriptions.account_id, subscriptions.user_id, stretches.subscription_id) as account_id,
        stretches.plan_id,
        stretches.status,
        stretches.previous_status,
        stretches.billing_interval,
        stretches.currency,
        stretches.quantity,
        stretches.unit_amount_cents,
        stretches.discount_percent,
        stretches.discount_end_date,
        case
            when stretches.status = 'past_due'
                then {{ add_days('stretches.past_due_date', checked_var('past_due_grace_days')) }}
        end as grace_end_date,
        contract_ends.end_date as contract_end_date,
        stretches.change_date as valid_from,
        stretches.next_change_date as valid_to
    from stretches
    left join subscriptions on stretches.subscription_id = subscriptions.subscription_id
    left join contract_ends on stretches.subscription_id = contract_ends.subscription_id
)

select * from final
