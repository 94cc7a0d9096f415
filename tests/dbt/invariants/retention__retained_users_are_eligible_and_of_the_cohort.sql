-- no rate above 100 %, and no rate when no user is eligible yet
select * from {{ ref('fct_retention_cohorts') }}
where
    retained_users > eligible_users
    or eligible_users > cohort_users
    or (retained_users is null) <> (eligible_users = 0)
    or is_complete <> (eligible_users = cohort_users)
    or rate_low > retention_rate
    or rate_high < retention_rate
