with advice as (
    select * from {{ ref('int_decisions__advice') }}
),

alerts as (
    select distinct account_id, cause, month from {{ ref('int_decisions__alerts') }}
),

scores as (
    select * from {{ ref('int_customers__churn_scores') }}
),

rules as (
    select * from {{ ref('stg_reference__recommendation_rules') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

episodes as (
    select
        recommendation_id,
        account_id,
        cause,
        episode_month as first_month,
        max(month) as last_month,
        count(*) as months,
        count(case when is_current then 1 end) > 0 as is_open
    from advice
    group by recommendation_id, account_id, cause, episode_month
),

final as (
    select
        episodes.recommendation_id,
        episodes.account_id,
        episodes.cause,
        last_advice.rule_id,
        rules.owner,
        case
            when episodes.is_open then 'open'
            when later.account_id is null then 'churned'
            when still.account_id is not null then 'withdrawn'
            else 'recovered'
        end as outcome,
        episodes.months,
        {{ arr_amount('first_scores.mrr_cents') }} as first_arr_amount,
        {{ arr_amount('coalesce(later.mrr_cents, last_scores.mrr_cents * case when episodes.is_open then 1 else 0 end)') }}
            as last_arr_amount,
        episodes.first_month,
        episodes.last_month,
        clock.as_of_date
    from episodes
    cross join reporting
    cross join clock
    inner join advice as last_advice
        on episodes.recommendation_id = last_advice.recommendation_id and episodes.last_month = last_advice.month
    inner join rules on last_advice.rule_id = rules.rule_id
    inner join scores as first_scores
        on episodes.account_id = first_scores.account_id and episodes.first_month = first_scores.month
    inner join scores as last_scores
        on episodes.account_id = last_scores.account_id and episodes.last_month = last_scores.month
    left join scores as later
        on episodes.account_id = later.account_id and {{ add_months('episodes.last_month', 1) }} = later.month
    left join alerts as still
        on later.account_id = still.account_id and episodes.cause = still.cause and later.month = still.month
)

select * from final
