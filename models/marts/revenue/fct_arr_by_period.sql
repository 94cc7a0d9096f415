{%- set grains = ['day', 'week', 'month', 'quarter', 'fiscal_year'] -%}
{%- set cap = 'cast(' ~ checked_var('ltv_cap_months') ~ ' as ' ~ wide_integer() ~ ')' -%}
{%- set margin = 'cast(' ~ ((checked_var('gross_margin_rate') | float) * 1000000) | round | int ~ ' as ' ~ wide_integer() ~ ')' -%}
{#- Months of a period as a fraction; a mean month has 365.25 ÷ 12 = 487 ÷ 16 days. -#}
{%- set months_of_periods = {'day': [16, 487], 'week': [7 * 16, 487], 'month': [1, 1], 'quarter': [3, 1], 'fiscal_year': [12, 1]} -%}
{%- set kinds = ['new', 'reactivation', 'expansion', 'contraction', 'churn'] -%}
{%- set kinds_12m = ['reactivation', 'expansion', 'contraction', 'churn', 'fx'] -%}

with period_changes as (
    select * from {{ ref('int_revenue__period_changes') }}
),

trailing_year as (
    select * from {{ ref('int_revenue__trailing_year') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    {{ date_range('period_changes', 'period_start', where="period_changes.period_grain = 'day'") }}
),

periods as (
    select * from {{ periods('date_range', grains) }} as all_periods
),

segments as (
    select distinct segment_name, segment_value from period_changes
),

trailing_changes as (
    {%- for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'date') }} as period_start,
        segment_name,
        segment_value,
        sum(start_change_cents) as start_change_cents,
        sum(kept_change_cents) as kept_change_cents,
        sum(kept_at_most_change_cents) as kept_at_most_change_cents,
        sum(start_customers_change) as start_customers_change
        {%- for kind in kinds_12m %},
        sum({{ kind }}_change_cents) as {{ kind }}_change_cents
        {%- endfor %}
    from trailing_year
    group by {{ period_start(grain, 'date') }}, segment_name, segment_value
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

accumulated as (
    select
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        segments.segment_name,
        segments.segment_value,
        coalesce(period_changes.net_cents, 0) as net_cents,
        coalesce(period_changes.fx_cents, 0) as fx_cents,
        {%- for kind in kinds %}
        coalesce(period_changes.{{ kind }}_cents, 0) as {{ kind }}_cents,
        {%- endfor %}
        coalesce(period_changes.lost_customers, 0) as lost_customers,
        coalesce(period_changes.customer_change, 0) as customer_change,
        coalesce(period_changes.retained_change_cents, 0) as retained_change_cents,
        coalesce(period_changes.retained_loss_cents, 0) as retained_loss_cents,
        sum(coalesce(period_changes.net_cents, 0)) over so_far as closing_cents,
        sum(coalesce(period_changes.customer_change, 0)) over so_far as customers,
        sum(coalesce(trailing_changes.start_change_cents, 0)) over so_far as start_cents,
        sum(coalesce(trailing_changes.kept_change_cents, 0)) over so_far as kept_cents,
        sum(coalesce(trailing_changes.kept_at_most_change_cents, 0)) over so_far as kept_at_most_cents,
        sum(coalesce(trailing_changes.start_customers_change, 0)) over so_far as start_customers
        {%- for kind in kinds_12m %},
        sum(coalesce(trailing_changes.{{ kind }}_change_cents, 0)) over so_far as {{ kind }}_12m_cents
        {%- endfor %}
    from periods
    cross join segments
    left join period_changes on {{ is_same_cell('periods', 'segments', 'period_changes') }}
    left join trailing_changes on {{ is_same_cell('periods', 'segments', 'trailing_changes') }}
    window so_far as (
        partition by periods.period_grain, segments.segment_name, segments.segment_value
        order by periods.period_start
        rows between unbounded preceding and current row
    )
),

opened as (
    select
        accumulated.*,
        accumulated.closing_cents - accumulated.net_cents as opening_cents,
        accumulated.customers - accumulated.customer_change as opening_customers,
        accumulated.period_end <= clock.as_of_date as is_complete,
        clock.as_of_date
    from accumulated
    cross join clock
),

rated as (
    select
        *,
        cast(opening_cents + retained_change_cents as double precision) / nullif(opening_cents, 0) as nrr_rate,
        cast(opening_cents - retained_loss_cents as double precision) / nullif(opening_cents, 0) as grr_rate,
        cast(kept_cents as double precision) / nullif(start_cents, 0) as nrr_12m_rate,
        cast(kept_at_most_cents as double precision) / nullif(start_cents, 0) as grr_12m_rate,
        cast(lost_customers as double precision) / nullif(opening_customers, 0) as logo_churn_rate,
        cast(new_cents + reactivation_cents + expansion_cents as double precision)
        / nullif(contraction_cents + churn_cents, 0) as quick_ratio,
        -- mean lifetime in months is opening customers × months of a period ÷ lost customers
        cast(opening_customers as {{ wide_integer() }}) * case period_grain
            {%- for grain, (months, periods) in months_of_periods.items() %}
            when '{{ grain }}' then {{ months }}
            {%- endfor %}
        end as lifetime_numerator,
        cast(lost_customers as {{ wide_integer() }}) * case period_grain
            {%- for grain, (months, periods) in months_of_periods.items() %}
            when '{{ grain }}' then {{ periods }}
            {%- endfor %}
        end as lifetime_denominator
    from opened
),

final as (
    select
        rated.period_grain,
        rated.period_start,
        rated.segment_name,
        rated.segment_value,
        rated.is_complete,
        cast(rated.customers as bigint) as customers,
        cast(rated.opening_customers as bigint) as opening_customers,
        cast(rated.lost_customers as bigint) as lost_customers,
        cast(rated.start_customers as bigint) as start_12m_customers,
        {{ reporting_amount('rated.closing_cents') }} as closing_mrr_amount,
        {{ arr_amount('rated.opening_cents') }} as opening_arr_amount,
        {%- for kind in kinds %}
        {{ arr_amount('rated.' ~ kind ~ '_cents') }} as {{ kind }}_arr_amount,
        {%- endfor %}
        {{ arr_amount('rated.fx_cents') }} as fx_arr_amount,
        {{ arr_amount('rated.closing_cents') }} as closing_arr_amount,
        {{ arr_amount('(rated.new_cents + rated.expansion_cents + rated.reactivation_cents)') }} as gross_arr_amount,
        {{ arr_amount('(rated.contraction_cents + rated.churn_cents)') }} as cancelled_arr_amount,
        {{ arr_amount(
            '(rated.new_cents + rated.expansion_cents + rated.reactivation_cents'
            ~ ' - rated.contraction_cents - rated.churn_cents)'
        ) }} as net_new_arr_amount,
        {{ arr_amount('(rated.opening_cents + rated.retained_change_cents)') }} as net_retained_arr_amount,
        {{ arr_amount('(rated.opening_cents - rated.retained_loss_cents)') }} as gross_retained_arr_amount,
        {{ arr_amount('rated.start_cents') }} as start_12m_arr_amount,
        {%- for kind in kinds_12m %}
        {{ arr_amount('rated.' ~ kind ~ '_12m_cents') }} as {{ kind }}_12m_arr_amount,
        {%- endfor %}
        {{ arr_amount('rated.kept_cents') }} as net_retained_12m_arr_amount,
        {{ arr_amount('rated.kept_at_most_cents') }} as gross_retained_12m_arr_amount,
        rated.nrr_rate,
        rated.grr_rate,
        rated.nrr_12m_rate,
        rated.grr_12m_rate,
        rated.logo_churn_rate,
        rated.quick_ratio,
        cast(case
            when rated.customers > 0
                then {{ reporting_amount(quotient_half_up('rated.closing_cents', 'rated.customers')) }}
        end as numeric(18, 2)) as arpa_amount,
        cast(case
            when rated.customers = 0 or rated.opening_customers = 0 then null
            when rated.lifetime_numerator < {{ cap }} * rated.lifetime_denominator
                then {{ reporting_amount(quotient_half_up(
                    'rated.closing_cents * ' ~ margin ~ ' * rated.lifetime_numerator',
                    'rated.customers * 1000000 * rated.lifetime_denominator'
                )) }}
            else {{ reporting_amount(quotient_half_up(
                'rated.closing_cents * ' ~ margin ~ ' * ' ~ cap, 'rated.customers * 1000000'
            )) }}
        end as numeric(18, 2)) as ltv_amount,
        rated.as_of_date
    from rated
    cross join reporting
)

select * from final
