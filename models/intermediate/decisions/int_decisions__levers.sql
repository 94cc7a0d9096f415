{#- MRR that is won or kept in a month is there in all months that follow: 12 + 11 + … + 1 of them in a year. -#}
{%- set months_of_a_change, months_of_a_level = range(1, 13) | sum, 12 -%}

with movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    {{ date_range('movements', 'date') }}
),

base_months as (
    select months.period_start as month
    from {{ periods('date_range', ['month']) }} as months
    cross join clock
    where months.period_end <= clock.as_of_date
    order by months.period_start desc
    limit {{ checked_var('scenario_base_months') }}
),

moved as (
    select
        cast(coalesce(sum(case when movements.movement_type = 'new' then movements.movement_cents end), 0) as bigint)
            as new_cents,
        cast(coalesce(-sum(
            case when movements.movement_type = 'churn' and movements.reason <> 'involuntary' then movements.movement_cents end
        ), 0) as bigint) as left_cents,
        cast(coalesce(-sum(
            case when movements.movement_type = 'churn' and movements.reason = 'involuntary' then movements.movement_cents end
        ), 0) as bigint) as failed_cents
    from movements
    inner join base_months on {{ period_start('month', 'movements.date') }} = base_months.month
),

paid as (
    select cast(coalesce(sum(current_mrr_cents), 0) as bigint) as mrr_cents from accounts
),

counted as (
    select count(*) as months from base_months
),

final as (
    select 'churn' as assumption, -1 as direction, {{ months_of_a_change }} as months_in_year, moved.left_cents as base_cents, counted.months as base_months
    from moved cross join counted

    union all

    select 'activation' as assumption, 1 as direction, {{ months_of_a_change }} as months_in_year, moved.new_cents as base_cents, counted.months as base_months
    from moved cross join counted

    union all

    select 'recovery' as assumption, 1 as direction, {{ months_of_a_change }} as months_in_year, moved.failed_cents as base_cents, counted.months as base_months
    from moved cross join counted

    union all

    select 'arpa' as assumption, 1 as direction, {{ months_of_a_level }} as months_in_year, mrr_cents as base_cents, 1 as base_months
    from paid
)

select * from final
