{%- set orders = {'r': 'recency_days desc', 'f': 'frequency_days', 'm': 'monetary_value'} -%}

with measures as (
    select * from {{ ref('int_customers__rfm_measures') }}
),

segments as (
    select * from {{ ref('stg_reference__rfm_segments') }}
),

ranked as (
    select
        *,
        {%- for letter, order in orders.items() %}
        rank() over (partition by unit_type order by {{ order }}) - 1 as {{ letter }}_below,
        {%- endfor %}
        -- a single unit has no others to be ranked among
        greatest(count(*) over (partition by unit_type) - 1, 1) as others
    from measures
),

-- 1 + floor(5 × percent_rank), at most 5: equal values have equal scores, and where all are equal there is one group, not five
scored as (
    select
        unit_type,
        unit_id,
        recency_days,
        frequency_days,
        monetary_value,
        {%- for letter in orders %}
        least(1 + cast({{ whole_quotient(
            'cast(5 * ' ~ letter ~ '_below as ' ~ wide_integer() ~ ')', 'cast(others as ' ~ wide_integer() ~ ')'
        ) }} as integer), 5) as {{ letter }}_score{{ ',' if not loop.last }}
        {%- endfor %}
    from ranked
),

matched as (
    select
        scored.*,
        segments.segment_name,
        row_number() over (partition by scored.unit_type, scored.unit_id order by segments.priority) as match_rank
    from scored
    left join segments
        on scored.r_score between segments.min_r and segments.max_r
        and scored.f_score between segments.min_f and segments.max_f
        and scored.m_score between segments.min_m and segments.max_m
),

final as (
    select
        unit_type,
        unit_id,
        segment_name,
        recency_days,
        frequency_days,
        monetary_value,
        r_score,
        f_score,
        m_score
    from matched
    where match_rank = 1
)

select * from final
