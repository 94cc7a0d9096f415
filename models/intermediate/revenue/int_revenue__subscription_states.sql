with changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

contracts as (
    select * from {{ ref('int_revenue__contracts') }}
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
        lag(ranked.status) over by_date as previous_status,
        lead(ranked.change_date) over by_date as next_change_date
    from ranked
    cross join clock
    where ranked.rank_from_end_of_day = 1 and ranked.change_date <= clock.as_of_date
    window by_date as (partition by ranked.subscription_id order by ranked.change_date)
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

cancellations as (
    select
        contracts.subscription_id,
        min(days.change_date) as first_date,
        min(
            case when days.change_date >= contracts.cancel_requested_date then days.change_date end
        ) as first_date_after_request
    from days
    inner join contracts on days.subscription_id = contracts.subscription_id
    where days.status = 'canceled'
    group by contracts.subscription_id
),

contract_ends as (
    select
        contracts.subscription_id,
        contracts.account_id,
        {%- if checked_var('cancel_policy') == 'at_request' %}
        least(
            contracts.cancel_requested_date,
            case when cancellations.first_date is null then contracts.ended_date end
        ) as end_date,
        -- from the cancellation that was asked for on, changes speak for themselves again
        cancellations.first_date_after_request as resume_date
        {%- else %}
        case when cancellations.first_date is null then contracts.ended_date end as end_date,
        cast(null as date) as resume_date
        {%- endif %}
    from contracts
    left join cancellations on contracts.subscription_id = cancellations.subscription_id
),

final as (
    select
        stretches.subscription_id,
        contract_ends.account_id,
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
        case
            when contract_ends.resume_date is null or stretches.change_date < contract_ends.resume_date
                then contract_ends.end_date
        end as contract_end_date,
        stretches.change_date as valid_from,
        stretches.next_change_date as valid_to
    from stretches
    inner join contract_ends on stretches.subscription_id = contract_ends.subscription_id
)

select * from final
