with found as (
    {%- for rule in [
        'int_revenue__leakage_of_invoices',
        'int_revenue__leakage_period_not_invoiced',
        'int_revenue__leakage_seats_over_paid',
        'int_revenue__leakage_use_after_end',
    ] %}
    select * from {{ ref(rule) }}
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

-- an invoice has at most one finding
ranked as (
    select
        found.*,
        row_number() over (
            partition by coalesce(found.invoice_id, found.rule_id || '/' || found.finding_key) order by rules.priority
        ) as rule_rank
    from found
    inner join rules on found.rule_id = rules.rule_id
),

-- use by an account that was never a customer is not lost, because no account owes it
classified as (
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
        classified.rule_id || '/' || classified.finding_key as finding_id,
        classified.rule_id,
        classified.account_id,
        classified.subscription_id,
        classified.invoice_id,
        classified.is_lost,
        classified.detected_for_date,
        case when classified.is_lost then classified.confidence end as confidence,
        classified.doubt,
        case when classified.is_lost then classified.amount_minor_units end as amount_minor_units,
        classified.currency,
        case when classified.is_lost then {{ converted_cents('classified.amount_minor_units') }} end as reporting_cents,
        classified.evidence
    from classified
    left join rates
        on classified.currency = rates.currency
        and {{ is_in_force('rates', 'classified.detected_for_date') }}
)

select * from final
