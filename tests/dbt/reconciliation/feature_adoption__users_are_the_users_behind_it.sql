-- on every date, and in every week and month
with uses as (
    select * from {{ ref('int_activity__counted_feature_uses') }}
),

expected as (
    select 'daily' as period_grain, activity_date as period_start, feature_id, count(distinct user_id) as users
    from uses
    group by activity_date, feature_id
    {%- for grain in ['week', 'month'] %}

    union all

    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'activity_date') }} as period_start,
        feature_id,
        count(distinct user_id) as users
    from uses
    group by {{ period_start(grain, 'activity_date') }}, feature_id
    {%- endfor %}
),

found as (
    select 'daily' as period_grain, date as period_start, feature_id, users
    from {{ ref('fct_feature_usage_daily') }}
    where users > 0

    union all

    select period_grain, period_start, feature_id, adopting_users as users
    from {{ ref('fct_feature_adoption') }}
    where adopting_users > 0 and period_grain in ('week', 'month')
)

select
    coalesce(found.period_grain, expected.period_grain) as period_grain,
    coalesce(found.period_start, expected.period_start) as period_start,
    coalesce(found.feature_id, expected.feature_id) as feature_id,
    found.users as found_users,
    expected.users as expected_users
from found
full outer join expected
    on found.period_grain = expected.period_grain
    and found.period_start = expected.period_start
    and found.feature_id = expected.feature_id
where found.users is distinct from expected.users
