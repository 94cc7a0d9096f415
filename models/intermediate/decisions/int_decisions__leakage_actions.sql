with findings as (
    select * from {{ ref('int_revenue__leakage') }} where account_id is not null
),

rules as (
    select * from {{ ref('stg_reference__leakage_rules') }}
),

gathered as (
    select
        account_id,
        rule_id,
        string_agg(finding_id, ', ' order by {{ text_order('finding_id') }}) as evidence,
        min({{ text_order('finding_id') }}) as first_finding_id,
        cast(sum(reporting_cents) as bigint) as impact_cents,
        count(*) as findings,
        min({{ period_start('month', 'detected_for_date') }}) as since_month
    from findings
    group by account_id, rule_id
),

final as (
    select
        gathered.account_id || '/' || gathered.first_finding_id as recommendation_id,
        gathered.account_id,
        gathered.rule_id,
        rules.action,
        rules.owner,
        'findings' as signal,
        '>=' as operator,
        gathered.evidence,
        gathered.impact_cents,
        -- what leaks is a fact and no forecast
        cast(1 as double precision) as confidence,
        cast(gathered.findings as double precision) as observed_value,
        cast(1 as double precision) as threshold,
        gathered.since_month
    from gathered
    inner join rules on gathered.rule_id = rules.rule_id
)

select * from final
