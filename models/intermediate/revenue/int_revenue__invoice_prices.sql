{%- set billed_statuses = "('active', 'past_due')" -%}

with billed_subscriptions as (
    select * from {{ ref('int_revenue__billed_subscriptions') }}
),

invoices as (
    select * from {{ ref('int_revenue__invoices') }}
),

changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

ordered_changes as (
    select
        *,
        row_number() over by_moment as change_number,
        lag(changed_at) over by_moment as previous_changed_at,
        lead(changed_at) over by_moment as next_changed_at
    from changes
    window by_moment as (
        partition by subscription_id order by changed_at, {{ id_order('change_id', 'sequence') }}
    )
),

-- a subscription is in force from the beginning of its first date, because invoices often begin then
states as (
    select
        subscription_id,
        change_number,
        currency,
        billing_interval,
        interval_count,
        status in {{ billed_statuses }} as is_billed,
        {{ list_amount('ordered_changes') }} as list_amount_minor_units,
        coalesce(discount_percent, 0) as discount_percent,
        coalesce(discount_amount_minor_units, 0) as discount_amount_minor_units,
        discount_ends_at,
        changed_at,
        {{ local_date('changed_at') }} as change_date,
        case
            when previous_changed_at is null then {{ start_of_local_date(local_date('changed_at')) }} else changed_at
        end as valid_from,
        next_changed_at as valid_to
    from ordered_changes
),

-- an invoice that begins within a period that already has its invoice is not for a whole period
ordered as (
    select
        *,
        max(period_end_at) over (
            partition by scope_id, subscription_id
            order by period_start_at, issued_at, {{ id_order('invoice_id') }}
            rows between unbounded preceding and 1 preceding
        ) as billed_until
    from billed_subscriptions
    where period_start_at is not null and period_end_at is not null
),

-- when a subscription has invoices of its own, the invoice of the account is not for it
own_invoices as (
    select distinct subscription_id from billed_subscriptions where names_subscription
),

-- The price of a period is the price in force when it begins. The rest of a period has no price.
priced as (
    select
        ordered.*,
        states.list_amount_minor_units,
        states.discount_percent,
        states.discount_amount_minor_units,
        states.discount_ends_at
    from ordered
    inner join states
        on ordered.subscription_id = states.subscription_id
        and ordered.currency = states.currency
        and states.valid_from <= ordered.period_start_at
        and (states.valid_to is null or states.valid_to > ordered.period_start_at)
    left join own_invoices on ordered.subscription_id = own_invoices.subscription_id
    where
        states.is_billed
        and ordered.billed_minor_units is not null
        and (ordered.names_subscription or own_invoices.subscription_id is null)
        and (ordered.billed_until is null or ordered.billed_until <= ordered.period_start_at)
        and {{ is_whole_period('ordered', 'states') }}
),

compared as (
    select
        invoice_id,
        scope_id,
        max(issued_at) as issued_at,
        max(billed_minor_units) as billed_minor_units,
        cast(sum({{ price_at('priced', 'priced.period_start_at') }}) as bigint) as contracted_minor_units,
        cast(sum({{ discounted_price('list_amount_minor_units', 'discount_percent', 'discount_amount_minor_units') }}) as bigint)
            as with_discounts_minor_units,
        -- an invoice of an account may be for only one of its subscriptions
        max(case
            when not names_subscription and billed_minor_units = {{ price_at('priced', 'priced.period_start_at') }} then 1
            else 0
        end) = 1 as is_of_one
    from priced
    group by invoice_id, scope_id
),

falls as (
    select
        later.subscription_id,
        later.changed_at,
        later.change_date,
        earlier.billing_interval,
        earlier.interval_count,
        {{ price_at('earlier', 'later.changed_at') }} - case
            when
                later.is_billed
                and later.currency = earlier.currency
                and later.billing_interval = earlier.billing_interval
                and coalesce(later.interval_count, 1) = coalesce(earlier.interval_count, 1)
                then {{ price_at('later', 'later.changed_at') }}
            else 0
        end as fall_minor_units
    from states as later
    inner join states as earlier
        on later.subscription_id = earlier.subscription_id and later.change_number = earlier.change_number + 1
    where earlier.is_billed
),

scopes as (
    select distinct invoice_id, scope_id from billed_subscriptions
),

-- Amounts that may be taken off the next invoice: the rest of a period that was already invoiced when its price fell, and credit
-- notes after a payment. Sources count the rest in different ways: by days, with or without the day of the change, or by seconds.
-- The price is that of a whole period, and the first period may have been only a part of one.
credits as (
    select
        ordered.scope_id,
        falls.changed_at as credited_at,
        {%- for rest in ['least_rest', 'most_rest'] %}
        {%- set days = days_between('falls.change_date', 'ordered.period_end_date') %}
        {{ quotient_half_up(
            'falls.fall_minor_units * greatest('
            ~ ('86400 * (' ~ days ~ ' - 1), 0'
                if rest == 'least_rest' else '86400 * ' ~ days ~ ', ' ~ seconds_between('falls.changed_at', 'ordered.period_end_at'))
            ~ ')',
            '(86400 * greatest(' ~ days_between('ordered.period_start_date', 'ordered.period_end_date') ~ ', '
            ~ days_between('ordered.period_start_date', add_intervals('ordered.period_start_date', '1', 'falls')) ~ '))'
        ) }} as {{ rest }}_minor_units,
        {%- endfor %}
        0 as noted_minor_units
    from falls
    inner join ordered
        on falls.subscription_id = ordered.subscription_id
        and falls.change_date >= ordered.period_start_date
        and (falls.change_date < ordered.period_end_date or falls.changed_at < ordered.period_end_at)
        and (falls.changed_at > ordered.period_start_at or falls.changed_at > ordered.issued_at)
    where
        falls.fall_minor_units > 0
        and (ordered.billed_until is null or ordered.billed_until <= ordered.period_start_at)

    union all

    select
        scopes.scope_id,
        invoices.first_noted_at as credited_at,
        0 as least_rest_minor_units,
        0 as most_rest_minor_units,
        invoices.noted_minor_units
    from invoices
    inner join scopes on invoices.invoice_id = scopes.invoice_id
    where invoices.noted_minor_units > 0
),

entries as (
    select
        scope_id,
        issued_at as entered_at,
        1 as entry_order,
        invoice_id,
        billed_minor_units,
        contracted_minor_units,
        with_discounts_minor_units,
        case when is_of_one then 0 else greatest(contracted_minor_units - billed_minor_units, 0) end as short_minor_units,
        0 as least_rest_minor_units,
        0 as most_rest_minor_units,
        0 as noted_minor_units,
        0 as other_invoices
    from compared

    union all

    select
        scope_id,
        credited_at as entered_at,
        0 as entry_order,
        cast(null as text) as invoice_id,
        0 as billed_minor_units,
        0 as contracted_minor_units,
        0 as with_discounts_minor_units,
        0 as short_minor_units,
        least_rest_minor_units,
        most_rest_minor_units,
        noted_minor_units,
        0 as other_invoices
    from credits

    union all

    select distinct
        billed_subscriptions.scope_id,
        billed_subscriptions.issued_at as entered_at,
        0 as entry_order,
        billed_subscriptions.invoice_id,
        0 as billed_minor_units,
        0 as contracted_minor_units,
        0 as with_discounts_minor_units,
        0 as short_minor_units,
        0 as least_rest_minor_units,
        0 as most_rest_minor_units,
        0 as noted_minor_units,
        1 as other_invoices
    from billed_subscriptions
    left join compared
        on billed_subscriptions.invoice_id = compared.invoice_id and billed_subscriptions.scope_id = compared.scope_id
    where compared.invoice_id is null
),

-- what an invoice of 0 leaves of a credit goes on to the next invoice; what any other leaves is forgotten
numbered as (
    select
        *,
        count(case when billed_minor_units > 0 then 1 end) over (
            partition by scope_id order by entered_at, entry_order, {{ id_order('invoice_id') }}
            rows between unbounded preceding and 1 preceding
        ) as run_number
    from entries
),

running as (
    select
        *,
        {%- for name in ['least_rest', 'most_rest', 'noted'] %}
        sum({{ name }}_minor_units) over up_to_now as open_{{ name }}_minor_units,
        {%- endfor %}
        sum(short_minor_units) over up_to_now - short_minor_units as taken_minor_units,
        sum(other_invoices) over up_to_now as open_other_invoices
    from numbered
    window up_to_now as (
        partition by scope_id, run_number order by entered_at, entry_order, {{ id_order('invoice_id') }}
        rows between unbounded preceding and current row
    )
),

-- compared with a tolerance of one minor unit, because both sides round
missing as (
    select
        *,
        case
            when
                short_minor_units = 0
                {%- for noted in ['0', 'open_noted_minor_units'] %}
                or short_minor_units + taken_minor_units
                between open_least_rest_minor_units + {{ noted }} - 1 and open_most_rest_minor_units + {{ noted }} + 1
                {%- endfor %}
                -- an invoice without a price to compare may have taken off a part
                or (billed_minor_units = 0 or open_other_invoices > 0)
                and short_minor_units + taken_minor_units <= open_most_rest_minor_units + open_noted_minor_units + 1
                then 0
            else short_minor_units
        end as missing_minor_units
    from running
    where entry_order = 1
),

-- other invoices that are at their price make it likely that this one should be; when a subscription has none, those of all
-- subscriptions are counted
counted as (
    select
        *,
        count(*) over (partition by scope_id) as scope_invoices,
        count(case when missing_minor_units = 0 then 1 end) over (partition by scope_id) as scope_right_invoices,
        count(*) over () as all_invoices,
        count(case when missing_minor_units = 0 then 1 end) over () as all_right_invoices
    from missing
),

final as (
    select
        invoice_id,
        scope_id,
        billed_minor_units,
        contracted_minor_units,
        missing_minor_units,
        with_discounts_minor_units < contracted_minor_units and billed_minor_units = with_discounts_minor_units as has_ended_discount,
        {{ earned_confidence('scope_right_invoices', 'scope_invoices', 'all_right_invoices', 'all_invoices') }} as confidence,
        scope_right_invoices = 0 and scope_invoices > 1 as is_contradicted
    from counted
)

select * from final
