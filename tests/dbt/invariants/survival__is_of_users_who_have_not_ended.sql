-- the users at risk on the next day are all at risk on this day who did not leave on it, and no user comes back to life
with days as (
    select
        *,
        lead(at_risk_users) over (partition by segment_name, segment_value order by day_number) as at_risk_next,
        lead(survival_rate) over (partition by segment_name, segment_value order by day_number) as rate_next
    from {{ ref('fct_survival') }}
)

select * from days
where
    at_risk_users - churned_users - censored_users <> coalesce(at_risk_next, 0)
    or rate_next > survival_rate
    or survival_rate < 0
    or survival_rate > 1
    or rate_low > survival_rate
    or rate_high < survival_rate
