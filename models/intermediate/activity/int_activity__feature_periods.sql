with feature_uses as (
    select * from {{ ref('int_activity__counted_feature_uses') }}
),

days as (
    select
        user_id,
        feature_id,
        activity_date,
        cast(sum(event_count) as bigint) as event_count,
        min(activity_date) over (partition by user_id, feature_id) as first_use_date
    from feature_uses
    group by user_id, feature_id, activity_date
),

final as (
    select
        user_id,
        feature_id,
        'day' as period_grain,
        event_count,
        1 as day_count,
        first_use_date,
        activity_date as period_start
    from days

    union all
    {% for grain in ['week', 'month'] %}
    select
        user_id,
        feature_id,
        '{{ grain }}' as period_grain,
        cast(sum(event_count) as bigint) as event_count,
        count(*) as day_count,
        first_use_date,
        {{ period_start(grain, 'activity_date') }} as period_start
    from days
    group by user_id, feature_id, first_use_date, {{ period_start(grain, 'activity_date') }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select * from final
