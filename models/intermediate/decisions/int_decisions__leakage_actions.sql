with findings as (
    select * from {{ ref('int_revenue__leakage') }} where account_id is not null and is_lost
),

rules as (
    select * from {{ ref('stg_reference__leakage_rules') }}
),

-- if several rules of a cause have findings, the one with the lowest priority number is used
ranked as (
    select
        findings.*,
        rules.cause,
        rank() over (partition by findings.account_id, rules.cause order by rules.priority) as rule_rank
    from findings
    inner join rules on findings.rule_id = rules.rule_id
),

gathered as (
    select
        account_id,
        cause,
        max(case when rule_rank = 1 then rule_id end) as rule_id,
        min({{ text_order('finding_id') }}) as first_finding_id,
        cast(sum(reporting_cents) as bigint) as leaking_cents,
        count(*) as finding_count,
        min({{ period_start('month', 'detected_for_date') }}) as since_month
    from ranked
    group by account_id, cause
),

final as (
    select
        gathered.account_id || '/' || gathered.first_finding_id as recommendation_id,
        gathered.account_id,
        gathered.cause,
        gathered.rule_id,
        rules.action,
        rules.owner,
        gathered.leaking_cents,
        gathered.finding_count,
        gathered.since_month
    from gathered
    inner join rules on gathered.rule_id = rules.rule_id
)

select * from final
