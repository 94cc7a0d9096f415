with invoices as (
    select * from {{ ref('int_revenue__invoices') }}
),

invoice_prices as (
    select * from {{ ref('int_revenue__invoice_prices') }}
),

states as (
    select * from {{ ref('int_revenue__subscription_states') }}
),

rules as (
    select * from {{ ref('stg_reference__leakage_rules') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- whether the account ever pays in full, and whether any invoice is ever paid, tells whether a payment that is not seen is really
-- missing
watched as (
    select
        *,
        count(case when paid_minor_units > 0 then 1 end) over of_account as own_paid_invoices,
        count(case when paid_minor_units > 0 and paid_minor_units >= billed_minor_units - credited_minor_units then 1 end) over of_account
            as own_full_invoices,
        count(case when paid_minor_units > 0 then 1 end) over () as paid_invoices,
        count(case when paid_minor_units > 0 and paid_minor_units >= billed_minor_units - credited_minor_units then 1 end) over ()
            as full_invoices,
        count(case when is_settled_unseen then 1 end) over () as settled_invoices,
        -- payments after the last date for which anything is known are unknown
        max(greatest(issued_date, first_paid_date, first_failed_date, last_returned_date)) over () as known_until_date
    from invoices
    window of_account as (partition by account_id)
),

open_invoices as (
    select
        watched.*,
        watched.billed_minor_units - watched.credited_minor_units - watched.paid_minor_units as open_minor_units,
        case
            when states.collection_paused then 'the invoice was written while collection was paused'
            when watched.paid_minor_units > 0 and watched.own_paid_invoices > 1 and watched.own_full_invoices = 0
                then 'the account never paid an invoice in full'
            when watched.paid_invoices + watched.settled_invoices = 0 and watched.first_failed_date is null then 'no invoice is known to be paid'
        end as doubt
    from watched
    left join states
        on watched.subscription_id = states.subscription_id
        and states.valid_from <= watched.issued_date
        and (states.valid_to is null or states.valid_to > watched.issued_date)
    where
        watched.billed_minor_units > watched.credited_minor_units + watched.paid_minor_units
        and (watched.paid_minor_units > 0 or not watched.is_settled_unseen)
),

prices as (
    select
        invoice_id,
        sum(missing_minor_units) as missing_minor_units,
        sum(billed_minor_units) as billed_minor_units,
        sum(contracted_minor_units) as contracted_minor_units,
        min(confidence) as confidence,
        max(case when is_contradicted then 1 else 0 end) = 1 as is_contradicted,
        min(case when has_ended_discount then 1 else 0 end) = 1 as has_ended_discount
    from invoice_prices
    where missing_minor_units > 0
    group by invoice_id
),

found as (
    select
        'invoice_overdue' as rule_id,
        invoice_id,
        due_date as detected_for_date,
        open_minor_units as amount_minor_units,
        cast(1 as double precision) as confidence,
        doubt,
        'due ' || due_date || ', nothing paid and no attempt failed' as evidence
    from open_invoices
    where paid_minor_units = 0 and first_failed_date is null and due_date <= coalesce(known_until_date, due_date)

    union all

    select
        rules.rule_id,
        open_invoices.invoice_id,
        open_invoices.first_failed_date as detected_for_date,
        open_invoices.open_minor_units as amount_minor_units,
        cast(1 as double precision) as confidence,
        open_invoices.doubt,
        'failed first on ' || open_invoices.first_failed_date || ', nothing paid since' as evidence
    from open_invoices
    inner join rules
        on rules.rule_id = 'payment_not_recovered'
        and {{ add_days('open_invoices.first_failed_date', 'rules.days') }} <= open_invoices.known_until_date
    where open_invoices.paid_minor_units = 0

    union all

    select
        'paid_less' as rule_id,
        invoice_id,
        first_paid_date as detected_for_date,
        open_minor_units as amount_minor_units,
        {{ earned_confidence('own_full_invoices', 'own_paid_invoices', 'full_invoices', 'paid_invoices') }} as confidence,
        doubt,
        'billed ' || billed_minor_units || ', credited ' || credited_minor_units || ', paid ' || paid_minor_units as evidence
    from open_invoices
    where paid_minor_units > 0

    union all

    {%- for rule, condition, words in [
        ('discount_after_end', 'prices.has_ended_discount', 'with a discount that had ended'),
        ('billed_less', 'true', 'for a whole period'),
    ] %}
    select
        '{{ rule }}' as rule_id,
        invoices.invoice_id,
        invoices.issued_date as detected_for_date,
        prices.missing_minor_units as amount_minor_units,
        prices.confidence,
        case when prices.is_contradicted then 'no invoice of the subscription was at its price' end as doubt,
        'contracted ' || prices.contracted_minor_units || ', billed ' || prices.billed_minor_units || ' {{ words }}' as evidence
    from prices
    inner join invoices on prices.invoice_id = invoices.invoice_id
    where {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

final as (
    select
        found.rule_id,
        found.invoice_id as finding_key,
        invoices.account_id,
        invoices.subscription_id,
        found.invoice_id,
        found.detected_for_date,
        cast(found.amount_minor_units as bigint) as amount_minor_units,
        invoices.currency,
        found.confidence,
        found.doubt,
        found.evidence
    from found
    cross join clock
    inner join invoices on found.invoice_id = invoices.invoice_id
    inner join rules
        on found.rule_id = rules.rule_id
        and {{ add_days('found.detected_for_date', 'rules.days') }} <= clock.as_of_date
)

select * from final
