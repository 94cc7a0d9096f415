{%- set grains = ['day', 'week', 'month', 'quarter'] -%}

with answers as (
    select * from {{ ref('int_customers__nps_answers') }}
),

user_segments as (
    select * from {{ ref('int_activity__user_segments') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

answers_in_period as (
    {%- for grain in grains %}
    select '{{ grain }}' as period_grain, {{ period_start(grain, 'date') }} as period_start, *
    from answers
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by period_grain, period_start, user_id order by answer_number desc
        ) as rank_from_end
    from answers_in_period
),

segmented as (
    select
        ranked.period_grain,
        ranked.period_start,
        user_segments.segment_name,
        user_segments.segment_value,
        ranked.is_promoter,
        ranked.is_detractor
    from ranked
    inner join user_segments on ranked.user_id = user_segments.user_id
    where ranked.rank_from_end = 1
),

counted as (
    select
        period_grain,
        period_start,
        segment_name,
        segment_value,
        count(*) as responses,
        count(*) filter (where is_promoter) as promoters,
        count(*) filter (where is_detractor) as detractors
    from segmented
    group by period_grain, period_start, segment_name, segment_value
),

date_range as (
    {{ date_range('answers', 'date') }}
),

periods as (
    select * from {{ periods('date_range', grains) }} as all_periods
),

segments as (
    select distinct segment_name, segment_value from counted
),

-- a union and not a join, because the engine cannot estimate how many rows would match: docs/benchmarks.md#invoices
counted_or_not as (
    select *, cast(null as date) as period_end from counted
    union all
    select
        periods.period_grain,
        periods.period_start,
        segments.segment_name,
        segments.segment_value,
        0 as responses,
        0 as promoters,
        0 as detractors,
        periods.period_end
    from periods
    cross join segments
),

filled as (
    select
        period_grain,
        period_start,
        segment_name,
        segment_value,
        max(period_end) as period_end,
        max(responses) as responses,
        max(promoters) as promoters,
        max(detractors) as detractors
    from counted_or_not
    group by period_grain, period_start, segment_name, segment_value
),

final as (
    select
        filled.period_grain,
        filled.period_start,
        filled.segment_name,
        filled.segment_value,
        filled.period_end <= clock.as_of_date as is_complete,
        filled.promoters,
        filled.responses - filled.promoters - filled.detractors as passives,
        filled.detractors,
        filled.responses,
        cast(filled.promoters - filled.detractors as double precision) / nullif(filled.responses, 0) as nps,
        {{ nps_bound('filled.promoters', 'filled.detractors', 'nullif(filled.responses, 0)', 'low') }} as nps_low,
        {{ nps_bound('filled.promoters', 'filled.detractors', 'nullif(filled.responses, 0)', 'high') }} as nps_high,
        clock.as_of_date
    from filled
    cross join clock
)

select * from final
