with advice as (
    select * from {{ ref('int_decisions__advice') }}
),

alerts as (
    select distinct account_id, cause, month from {{ ref('int_decisions__recommendation_alerts') }}
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

-- computed before the scores are joined; after that join Postgres expects a single row and would search all alerts for each row:
-- docs/benchmarks.md#invoices
followed as (
    select
        advice.*,
        first_value(advice.rule_id) over from_last as last_rule_id,
        first_value(alerts.account_id is not null) over from_last as is_still_alerted
    from advice
    left join alerts
        on advice.account_id = alerts.account_id
        and advice.cause = alerts.cause
        and {{ add_months('advice.month', 1) }} = alerts.month
    window from_last as (partition by advice.recommendation_id order by advice.month desc)
),

episodes as (
    select
        recommendation_id,
        account_id,
        cause,
        last_rule_id,
        is_still_alerted,
        episode_month as first_month,
        max(month) as last_month,
        count(*) as month_count,
        count(case when is_current then 1 end) > 0 as is_open
    from followed
    group by recommendation_id, account_id, cause, last_rule_id, is_still_alerted, episode_month
),

final as (
    select
        episodes.recommendation_id,
        episodes.account_id,
        episodes.cause,
        episodes.last_rule_id as rule_id,
        rules.owner,
        case
            when episodes.is_open then 'open'
            when later.account_id is null then 'churned'
            when episodes.is_still_alerted then 'withdrawn'
            else 'recovered'
        end as outcome,
        episodes.month_count,
        {{ arr_amount('first_scores.mrr_cents') }} as first_arr_amount,
        {{ arr_amount('coalesce(later.mrr_cents, last_scores.mrr_cents * case when episodes.is_open then 1 else 0 end)') }}
            as last_arr_amount,
        episodes.first_month,
        episodes.last_month,
        clock.as_of_date
    from episodes
    cross join reporting
    cross join clock
    inner join rules on episodes.last_rule_id = rules.rule_id
    inner join scores as first_scores
        on episodes.account_id = first_scores.account_id and episodes.first_month = first_scores.month
    inner join scores as last_scores
        on episodes.account_id = last_scores.account_id and episodes.last_month = last_scores.month
    left join scores as later
        on episodes.account_id = later.account_id and {{ add_months('episodes.last_month', 1) }} = later.month
)

select * from final
