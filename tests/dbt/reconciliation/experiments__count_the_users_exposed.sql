-- users who are not excluded, with a closed or an open window, in both arms, in total and in every segment
with exposed as (
    select
        exposures.experiment_id,
        exposures.variant,
        count(*) as users,
        -- a user whom only an assignment names is in no segment
        count(users.user_id) as segmented_users
    from {{ ref('fct_experiment_exposures') }} as exposures
    left join {{ ref('dim_users') }} as users on exposures.user_id = users.user_id
    where not exposures.is_excluded
    group by exposures.experiment_id, exposures.variant
),

measured as (
    select
        experiment_id,
        metric_id,
        variant,
        method,
        'all' as segment_name,
        users + open_users as users,
        control_users + control_open_users as control_users
    from {{ ref('fct_experiment_results') }}

    union all

    select
        experiment_id,
        metric_id,
        variant,
        method,
        segment_name,
        sum(users + open_users) as users,
        sum(control_users + control_open_users) as control_users
    from {{ ref('fct_experiment_segments') }}
    group by experiment_id, metric_id, variant, method, segment_name
)

select measured.*, treated.users as treated_users, control.users as users_of_control
from measured
inner join {{ ref('stg_reference__experiments') }} as experiments on measured.experiment_id = experiments.experiment_id
left join exposed as treated on measured.experiment_id = treated.experiment_id and measured.variant = treated.variant
left join exposed as control
    on measured.experiment_id = control.experiment_id and experiments.control_variant = control.variant
where
    case
        when measured.segment_name = 'all' then
            measured.users <> coalesce(treated.users, 0) or measured.control_users <> coalesce(control.users, 0)
        -- a segment without users of the treatment has no row, even when it has users of the control
        else measured.users <> treated.segmented_users or measured.control_users > coalesce(control.segmented_users, 0)
    end
