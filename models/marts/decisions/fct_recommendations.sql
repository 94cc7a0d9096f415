with recommendations as (
    select * from {{ ref('int_decisions__recommendations') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        recommendations.recommendation_id,
        recommendations.account_id,
        recommendations.cause,
        recommendations.rule_id,
        recommendations.action,
        recommendations.owner,
        recommendations.signal,
        recommendations.operator,
        recommendations.evidence,
        recommendations.record_status,
        recommendations.finding_count,
        row_number() over (
            order by
                coalesce(recommendations.impact_cents * recommendations.confidence, 0)
                + coalesce(recommendations.leaking_cents, 0) desc,
                coalesce(recommendations.impact_cents, 0) desc,
                {{ text_order('recommendations.recommendation_id') }}
        ) as priority_rank,
        {{ reporting_amount('recommendations.impact_cents') }} as impact_amount,
        {{ reporting_amount('recommendations.leaking_cents') }} as leaking_amount,
        recommendations.confidence,
        recommendations.observed_value,
        recommendations.threshold,
        recommendations.since_month,
        clock.as_of_date
    from recommendations
    cross join reporting
    cross join clock
)

select * from final
