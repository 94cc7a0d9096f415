with track_record as (
    select * from {{ ref('int_customers__track_record') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        track_record.subject_kind,
        track_record.subject_id,
        track_record.scored_months,
        track_record.scored_accounts,
        track_record.churned_accounts,
        track_record.warned_accounts,
        track_record.caught_accounts,
        track_record.precision_rate,
        {{ wilson_bound('track_record.caught_accounts', 'nullif(track_record.warned_accounts, 0)', 'low') }} as precision_low,
        {{ wilson_bound('track_record.caught_accounts', 'nullif(track_record.warned_accounts, 0)', 'high') }} as precision_high,
        track_record.recall_rate,
        {{ wilson_bound('track_record.caught_accounts', 'nullif(track_record.churned_accounts, 0)', 'low') }} as recall_low,
        {{ wilson_bound('track_record.caught_accounts', 'nullif(track_record.churned_accounts, 0)', 'high') }} as recall_high,
        track_record.base_rate,
        track_record.precision_rate / nullif(track_record.base_rate, 0) as lift,
        {{ record_status(
            'track_record.warned_accounts',
            'track_record.caught_accounts',
            'track_record.scored_accounts',
            'track_record.churned_accounts'
        ) }} as record_status,
        {{ arr_amount('track_record.caught_mrr_cents') }} as caught_arr_amount,
        cast(case
            when track_record.warned_accounts > 0
                then {{ reporting_amount(quotient_half_up(
                    arr_cents('track_record.caught_mrr_cents'), 'track_record.warned_accounts'
                )) }}
        end as numeric(18, 2)) as caught_arr_per_warning_amount,
        clock.as_of_date
    from track_record
    cross join reporting
    cross join clock
)

select * from final
