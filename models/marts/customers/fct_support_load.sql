{%- set grains = ['day', 'week', 'month'] -%}

with tickets as (
    select * from {{ ref('int_customers__tickets') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

described as (
    select
        tickets.*,
        accounts.country,
        accounts.industry,
        accounts.company_size,
        accounts.current_plan_id
    from tickets
    left join accounts on tickets.account_id = accounts.account_id
),

segmented as (
    {{ segments('described', 'account', columns=[
        'account_id', 'opened_date', 'resolved_date', 'response_seconds', 'resolution_seconds', 'reopened_count', 'satisfaction_score'
    ]) }}
),

opened as (
    {%- for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'opened_date') }} as period_start,
        segment_name,
        segment_value,
        count(*) as opened_tickets,
        count(distinct account_id) as accounts,
        count(*) filter (where reopened_count > 0) as reopened_tickets,
        percentile_cont(0.5) within group (order by response_seconds) as median_response_seconds,
        percentile_cont(0.5) within group (order by resolution_seconds) as median_resolution_seconds,
        cast(sum(satisfaction_score) as double precision) / nullif(count(satisfaction_score), 0) as avg_satisfaction_score
    from segmented
    group by {{ period_start(grain, 'opened_date') }}, segment_name, segment_value
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

resolved as (
    {%- for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'resolved_date') }} as period_start,
        segment_name,
        segment_value,
        count(*) as resolved_tickets
    from segmented
    where resolved_date is not null
    group by {{ period_start(grain, 'resolved_date') }}, segment_name, segment_value
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

date_range as (
    {{ date_range('tickets', 'opened_date') }}
),

periods as (
    select * from {{ periods('date_range', grains) }} as all_periods
),

segments as (
    select distinct segment_name, segment_value from segmented
),

filled as (
    select
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        segments.segment_name,
        segments.segment_value,
        coalesce(opened.opened_tickets, 0) as opened_tickets,
        coalesce(resolved.resolved_tickets, 0) as resolved_tickets,
        cast(sum(coalesce(opened.opened_tickets, 0) - coalesce(resolved.resolved_tickets, 0)) over (
            partition by periods.period_grain, segments.segment_name, segments.segment_value
            order by periods.period_start rows between unbounded preceding and current row
        ) as bigint) as open_tickets,
        coalesce(opened.accounts, 0) as accounts,
        coalesce(opened.reopened_tickets, 0) as reopened_tickets,
        opened.median_response_seconds,
        opened.median_resolution_seconds,
        opened.avg_satisfaction_score
    from periods
    cross join segments
    left join opened on {{ is_same_cell('periods', 'segments', 'opened') }}
    left join resolved on {{ is_same_cell('periods', 'segments', 'resolved') }}
),

final as (
    select
        filled.period_grain,
        filled.period_start,
        filled.segment_name,
        filled.segment_value,
        filled.period_end <= clock.as_of_date as is_complete,
        filled.opened_tickets,
        filled.resolved_tickets,
        filled.open_tickets,
        filled.accounts,
        filled.reopened_tickets,
        filled.median_response_seconds,
        filled.median_resolution_seconds,
        filled.avg_satisfaction_score,
        clock.as_of_date
    from filled
    cross join clock
)

select * from final
