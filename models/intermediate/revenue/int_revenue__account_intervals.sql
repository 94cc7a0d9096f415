{%- set statuses = ['active', 'past_due', 'trialing', 'unpaid', 'paused'] -%}

with subscription_mrr as (
    select * from {{ ref('int_revenue__subscription_mrr') }}
),

movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

-- a subscription adds to its status from its first date and stops at the date of its next interval
changes as (
    select account_id, valid_from as date, status, 1 as subscriptions, 0 as mrr_cents
    from subscription_mrr

    union all

    select account_id, valid_to as date, status, -1 as subscriptions, 0 as mrr_cents
    from subscription_mrr
    where valid_to is not null

    union all

    select account_id, date, 'none' as status, 0 as subscriptions, closing_cents - opening_cents as mrr_cents
    from movements
),

daily as (
    select
        account_id,
        date,
        {%- for status in statuses %}
        sum(case when status = '{{ status }}' then subscriptions else 0 end) as {{ status }},
        {%- endfor %}
        sum(mrr_cents) as mrr_cents
    from changes
    group by account_id, date
),

running as (
    select
        account_id,
        date,
        {%- for status in statuses %}
        sum({{ status }}) over so_far as {{ status }},
        {%- endfor %}
        cast(sum(mrr_cents) over so_far as bigint) as mrr_cents
    from daily
    window so_far as (
        partition by account_id order by date rows between unbounded preceding and current row
    )
),

labelled as (
    select
        account_id,
        date,
        mrr_cents,
        case
            {%- for status in statuses %}
            when {{ status }} > 0 then '{{ status }}'
            {%- endfor %}
            else 'canceled'
        end as status
    from running
),

compared as (
    select
        *,
        lag(mrr_cents) over by_date as previous_cents,
        lag(status) over by_date as previous_status
    from labelled
    window by_date as (partition by account_id order by date)
),

final as (
    select
        account_id,
        mrr_cents,
        status,
        date as valid_from,
        lead(date) over (partition by account_id order by date) as valid_to
    from compared
    where mrr_cents is distinct from previous_cents or status is distinct from previous_status
)

select * from final
