with subscriptions as (
    select * from {{ ref('int_revenue__subscriptions') }}
),

billed_subscriptions as (
    select * from {{ ref('int_revenue__billed_subscriptions') }}
),

waits as (
    select
        subscription_id,
        issued_date >= period_end_date as is_in_arrears,
        {{ days_between('period_start_date', 'period_end_date') }} as period_days,
        {{ days_between(
            'case when issued_date >= period_end_date then period_end_date else period_start_date end', 'issued_date'
        ) }} as wait_days
    from billed_subscriptions
    where period_start_date < period_end_date
),

{%- for habits, grouping in [('own_habits', 'subscription_id'), ('usual_habits', none)] %}

{{ habits }} as (
    select
        {{ grouping ~ ',' if grouping }}
        2 * count(case when is_in_arrears then 1 end) > count(*) as is_in_arrears,
        count(case when is_in_arrears then 1 end) > 0 as is_ever_in_arrears,
        -- an invoice that is late by more than a period was forgotten, so it does not show a usual wait
        {%- for wait, condition in [('arrears', 'is_in_arrears'), ('advance', 'not is_in_arrears')] %}
        max(case when {{ condition }} and wait_days between 0 and period_days then wait_days else 0 end) as {{ wait }}_wait_days
        {{- ',' if not loop.last }}
        {%- endfor %}
    from waits
    {{ 'group by ' ~ grouping if grouping }}
),
{%- endfor %}

without_periods as (
    select distinct subscription_id
    from billed_subscriptions
    where period_start_date is null or period_end_date is null
),

final as (
    select
        subscriptions.subscription_id,
        own_habits.subscription_id is not null as has_own_invoices,
        without_periods.subscription_id is not null as has_invoices_without_period,
        coalesce(own_habits.is_in_arrears, usual_habits.is_in_arrears, false) as is_in_arrears,
        case
            when coalesce(own_habits.is_in_arrears, usual_habits.is_in_arrears, false)
                then coalesce(own_habits.arrears_wait_days, usual_habits.arrears_wait_days, 0)
            else coalesce(own_habits.advance_wait_days, usual_habits.advance_wait_days, 0)
        end as wait_days,
        -- a subscription without its own invoices may be one that is invoiced in arrears
        case when own_habits.subscription_id is null and usual_habits.is_ever_in_arrears then usual_habits.arrears_wait_days end
            as possible_wait_days
    from subscriptions
    cross join usual_habits
    left join own_habits on subscriptions.subscription_id = own_habits.subscription_id
    left join without_periods on subscriptions.subscription_id = without_periods.subscription_id
)

select * from final
