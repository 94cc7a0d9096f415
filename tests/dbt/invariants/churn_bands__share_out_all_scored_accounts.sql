-- every scored account is in one band, and every account has at least the lowest score of the bands
with sums as (
    select
        max(scored_accounts) as scored_accounts,
        max(churned_accounts) as churned_accounts,
        sum(case when subject_kind = 'band' then warned_accounts end) as in_bands,
        sum(case when subject_kind = 'band' then caught_accounts end) as left_in_bands,
        max(case when subject_kind = 'score' then warned_accounts end) as above_scores
    from {{ ref('fct_churn_rule_performance') }}
)

select * from sums
where in_bands <> scored_accounts or left_in_bands <> churned_accounts or above_scores <> scored_accounts
