{# Units by recency, frequency and money: one row per unit with its scores and the segment that contains them.
   A score is 1 + floor(5 × percent_rank), at most 5, so equal values have equal scores, and when all are equal
   there is one group and not five.
     measured  relation with the unit, recency_days, frequency_days and monetary_value
     segments  relation with the named ranges of scores
     unit      column that names the unit #}
{% macro rfm(measured, segments, unit) -%}
    {%- set orders = {'r': 'recency_days desc', 'f': 'frequency_days', 'm': 'monetary_value'} -%}
    with ranked as (
        select
            {{ unit }},
            recency_days,
            frequency_days,
            monetary_value,
            {%- for letter, order in orders.items() %}
            rank() over (order by {{ order }}) - 1 as {{ letter }}_below,
            {%- endfor %}
            -- a single unit has no rank
            greatest(count(*) over () - 1, 1) as others
        from {{ measured }}
    ),

    scored as (
        select
            {{ unit }},
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
            row_number() over (partition by scored.{{ unit }} order by segments.priority) as match_rank
        from scored
        left join {{ segments }} as segments
            on scored.r_score between segments.min_r and segments.max_r
            and scored.f_score between segments.min_f and segments.max_f
            and scored.m_score between segments.min_m and segments.max_m
    )

    select
        {{ unit }},
        segment_name,
        recency_days,
        frequency_days,
        monetary_value,
        r_score,
        f_score,
        m_score
    from matched
    where match_rank = 1
{%- endmacro %}
