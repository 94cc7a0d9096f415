{{ rule_records(
    ref('stg_reference__recommendation_rules'),
    ref('int_decisions__recommendation_alerts'),
    ref('int_customers__scored_accounts'),
    ref('int_customers__scoring_dates')
) }}
