{%- set is_proven = checked_var('churn_rule_weights') == 'proven' -%}

with records as (
    {{ rule_records(
        ref('stg_reference__churn_rules'),
        ref('int_customers__churn_alerts'),
        ref('int_customers__scored_accounts'),
        ref('int_customers__scoring_dates')
    ) }}
),

rules as (
    select * from {{ ref('stg_reference__churn_rules') }}
),

final as (
    select
        records.*,
        rules.weight,
        {{ "case when records.record_status = 'no_better' then 0 else rules.weight end" if is_proven else 'rules.weight' }}
            as applied_weight
    from records
    inner join rules on records.rule_id = rules.rule_id
)

select * from final
