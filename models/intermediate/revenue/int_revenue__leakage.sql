with found as (
    {%- for rule in leakage_rules() %}
    select * from {{ ref('int_revenue__leakage_' ~ rule) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

rules as (
    select * from {{ ref('stg_reference__leakage_rules') }}
),

rates as (
    select * from {{ ref('int_revenue__exchange_rates') }}
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

final as (
    select
        ranked.rule_id || '/' || ranked.finding_key as finding_id,
        ranked.rule_id,
        ranked.account_id,
        ranked.subscription_id,
        ranked.invoice_id,
        ranked.detected_for_date,
        ranked.amount_cents,
        ranked.currency,
        {{ converted_cents('ranked.amount_cents') }} as reporting_cents,
        ranked.evidence
    from ranked
    left join rates
        on ranked.currency = rates.currency
        and {{ is_in_force('rates', 'ranked.detected_for_date') }}
    where ranked.rule_rank = 1
)

select * from final
