with found as (
    {%- for part in ['of_bills', 'period_not_invoiced', 'seats_over_paid', 'use_after_end'] %}
    select * from {{ ref('int_revenue__leakage_' ~ part) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

rules as (
    select * from {{ ref('stg_reference__leakage_rules') }}
),

rates as (
    select * from {{ ref('int_revenue__exchange_rates') }}
),

payers as (
    select distinct account_id from {{ ref('int_revenue__account_movements') }} where closing_cents > 0
),

-- a bill is found once
ranked as (
    select
        found.*,
        row_number() over (
            partition by coalesce(found.invoice_id, found.rule_id || '/' || found.finding_key) order by rules.priority
        ) as rule_rank
    from found
    inner join rules on found.rule_id = rules.rule_id
),

-- what is used by who never was a customer is not lost: nobody owes it
judged as (
    select
        ranked.*,
        ranked.doubt is null
        and (ranked.rule_id not in ('seats_over_paid', 'use_after_end') or payers.account_id is not null) as is_lost
    from ranked
    left join payers on ranked.account_id = payers.account_id
    where ranked.rule_rank = 1
),

final as (
    select
        judged.rule_id || '/' || judged.finding_key as finding_id,
        judged.rule_id,
        judged.account_id,
        judged.subscription_id,
        judged.invoice_id,
        judged.is_lost,
        judged.detected_for_date,
        case when judged.is_lost then judged.confidence end as confidence,
        judged.doubt,
        case when judged.is_lost then judged.amount_cents end as amount_cents,
        judged.currency,
        case when judged.is_lost then {{ converted_cents('judged.amount_cents') }} end as reporting_cents,
        judged.evidence
    from judged
    left join rates
        on judged.currency = rates.currency
        and {{ is_in_force('rates', 'judged.detected_for_date') }}
)

select * from final
