{%- set pre_days = checked_var('cuped_pre_days') | int -%}

with exposures as (
    select * from {{ ref('int_experiments__exposures') }}
),

metrics as (
    select * from {{ ref('stg_reference__experiment_metrics') }}
),

events as (
    select * from {{ ref('int_activity__events') }}
),

measures as (
    select
        experiment_id,
        metric_id,
        window_days,
        false as is_denominator,
        event_name,
        case when kind in ('sum', 'ratio') then property_name end as property_name
    from metrics

    union all

    select
        experiment_id,
        metric_id,
        window_days,
        true as is_denominator,
        denominator_event_name as event_name,
        denominator_property_name as property_name
    from metrics
    where kind = 'ratio'
),

final as (
    select
        exposures.experiment_id,
        measures.metric_id,
        exposures.user_id,
        events.event_id,
        measures.is_denominator,
        events.occurred_at < exposures.exposed_at as is_before,
        case
            when measures.property_name is null then 1e0
            else {{ json_number('events.properties', 'measures.property_name') }}
        end as value,
        exposures.exposed_at,
        events.occurred_at,
        events.sequence
    from exposures
    inner join measures on exposures.experiment_id = measures.experiment_id
    inner join events
        on exposures.user_id = events.user_id
        and measures.event_name = events.event_name
        and exposures.exposed_at - interval '{{ pre_days }} days' <= events.occurred_at
        and events.occurred_at < exposures.exposed_at + interval '1 day' * measures.window_days
    where not exposures.is_excluded
)

select * from final
