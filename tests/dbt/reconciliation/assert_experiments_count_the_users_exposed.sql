-- those not excluded, with a closed window or an open one; in total and in every segment
with exposed as (
    select experiment_id, variant, count(*) as users
    from {{ ref('fct_experiment_exposures') }}
    where not is_excluded
    group by experiment_id, variant
),

counted as (
    select
        'fct_experiment_results' as mart,
        experiment_id,
        metric_id,
        variant,
        method,
        'all' as segment_name,
        users + open_users as users
    from {{ ref('fct_experiment_results') }}

    union all

    select
        'fct_experiment_segments' as mart,
        experiment_id,
        metric_id,
        variant,
        method,
        segment_name,
        sum(users + open_users) as users
    from {{ ref('fct_experiment_segments') }}
    group by experiment_id, metric_id, variant, method, segment_name
)

select counted.*, exposed.users as users_exposed
from counted
left join exposed on counted.experiment_id = exposed.experiment_id and counted.variant = exposed.variant
where counted.users <> coalesce(exposed.users, 0)
