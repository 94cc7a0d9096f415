{{ config(pre_hook="{{ prefer_hashing() }}") }}

{%- set sources = metric_sources() -%}

with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),
{% for source in sources %}
-- {{ source.mart }}: {{ source.metrics | map(attribute='id') | join(', ') }}
rows_{{ loop.index }} as (
    {{- metric_rows(source) }}
),

values_{{ loop.index }} as (
    select
        metrics.metric_name,
        now.period_grain,
        now.segment_name,
        now.segment_value,
        now.is_complete,
        {{ metric_case(source, 'now', 'value') }} as value,
        {{ metric_case(source, 'now', 'numerator') }} as numerator,
        {{ metric_case(source, 'now', 'denominator') }} as denominator,
        {{ metric_case(source, 'previous', 'value') }} as previous_value,
        {{ metric_case(source, 'year_ago', 'value') }} as year_ago_value,
        now.date
    from rows_{{ loop.index }} as now
    -- a period that is not over is compared with nothing
    left join rows_{{ loop.index }} as previous
        on
            now.period_grain = previous.period_grain
            and now.segment_name = previous.segment_name
            and now.segment_value = previous.segment_value
            and {{ period_before('now.period_grain', 'now.date') }} = previous.date
            and now.is_complete
            and previous.is_complete
    left join rows_{{ loop.index }} as year_ago
        on
            now.period_grain = year_ago.period_grain
            and now.segment_name = year_ago.segment_name
            and now.segment_value = year_ago.segment_value
            and {{ period_a_year_before('now.period_grain', 'now.date') }} = year_ago.date
            and now.is_complete
            and year_ago.is_complete
    cross join (
        {%- for metric in source.metrics %}
        select '{{ metric.id }}' as metric_name {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as metrics
),
{% endfor %}
final as (
    {%- for source in sources %}
    select * from values_{{ loop.index }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    final.metric_name,
    final.period_grain,
    final.segment_name,
    final.segment_value,
    final.is_complete,
    final.value,
    final.numerator,
    final.denominator,
    final.previous_value,
    final.year_ago_value,
    final.date,
    clock.as_of_date
from final
cross join clock
