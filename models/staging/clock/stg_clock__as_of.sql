{{ config(
    materialized='table',
    post_hook="{{ forget_later_clock() }}"
) }}

{%- set given = checked_var('as_of_date') -%}
{%- set told = checked_var('complete_until') -%}
{%- set happenings = [
    ('app', 'users', 'created_at'),
    ('billing', 'subscription_changes', 'changed_at'),
    ('billing', 'invoices', 'issued_at'),
    ('billing', 'payments', 'attempted_at'),
    ('support', 'support_tickets', 'opened_at'),
    ('feedback', 'nps_responses', 'responded_at'),
    ('experiments', 'experiment_assignments', 'assigned_at'),
] %}

{%- set loads = source('audit', 'loads') -%}

-- also where the date is given: what is built before what does not depend on a parameter
-- depends_on: {{ ref('stg_app__event_loads') }}
with
{%- if given %}

clocks as (
    select
        cast('{{ given }}' as date) as as_of_date,
        cast('{{ given }}' as date) as last_date,
        cast(null as timestamp) as complete_until
),
{%- else %}

happened as (
    {%- for source_name, table_name, happened_at in happenings %}
    select
        -- nothing can have happened after it became known
        max(
            case
                when isfinite({{ happened_at }})
                    and {{ local_date(utc_timestamp(happened_at)) }} >= cast('{{ checked_var("min_plausible_date") }}' as date)
                    -- rows that the loader did not write may have no load time: they have arrived by the time of this build
                    and {{ utc_timestamp(happened_at) }} <= coalesce({{ utc_timestamp('loaded_at') }}, {{ build_time() }})
                    + interval '{{ checked_var("future_skew_minutes") }} minutes'
                    then {{ local_date(utc_timestamp(happened_at)) }}
            end
        ) as last_date,
        cast(null as timestamp) as received_at,
        max(case when isfinite(loaded_at) then {{ utc_timestamp('loaded_at') }} end) as loaded_at
    from {{ source(source_name, table_name) }}

    union all
    {% endfor %}
    -- there are many events, so they were read once per load
    select
        max(case when last_date >= cast('{{ checked_var("min_plausible_date") }}' as date) then last_date end) as last_date,
        max(last_received_at) as received_at,
        max(case when isfinite(loaded_at) then loaded_at end) as loaded_at
    from {{ ref('stg_app__event_loads') }}
),

latest as (
    select
        max(last_date) as last_date,
        max(received_at) as received_at,
        max(loaded_at) as loaded_at
    from happened
),

told as (
    {%- if told %}
    select {{ told_moment("'" ~ told ~ "'") }} as complete_until
    {%- else %}
    -- only the last load counts, because it replaces what earlier loads were told
    select {{ told_moment('max(complete_until)') }} as complete_until
    from {{ loads }}
    where loaded_at = (select max(others.loaded_at) from {{ loads }} as others)
    {%- endif %}
),

evident as (
    select
        latest.last_date,
        coalesce(
            told.complete_until,
            -- a source that sent nothing on the last date does not show that the date is over
            case when {{ local_date('latest.received_at') }} >= latest.last_date then latest.received_at end,
            latest.loaded_at
        ) as complete_until
    from latest
    cross join told
),

clocks as (
    select
        case
            when {{ local_date('complete_until') }} > last_date then last_date
            when complete_until is null then {{ add_days('last_date', -1) }}
            else {{ add_days(local_date('complete_until'), -1) }}
        end as as_of_date,
        last_date,
        complete_until
    from evident
),
{%- endif %}

final as (
    select
        as_of_date,
        last_date,
        {{ 'true' if given else 'false' }} as is_given,
        complete_until,
        {{ start_of_local_date(add_days('last_date', 1)) }}
        + interval '{{ checked_var("future_skew_minutes") }} minutes' as latest_at
    from clocks
)

select * from final
