{{ config(
    materialized='table',
    post_hook=["{{ forget_later_clock() }}", "{{ gather_statistics(this) }}"]
) }}

{%- set given = checked_var('as_of_date') -%}
{%- set happenings = [
    ('app', 'users', 'created_at'),
    ('billing', 'subscription_changes', 'changed_at'),
    ('billing', 'invoices', 'issued_at'),
    ('billing', 'payments', 'attempted_at'),
    ('support', 'support_tickets', 'opened_at'),
    ('feedback', 'nps_responses', 'responded_at'),
    ('experiments', 'experiment_assignments', 'assigned_at'),
] %}

with happened as (
    {%- if given %}
    select cast('{{ given }}' as date) as as_of_date
    {%- else %}
    {%- for source_name, table_name, happened_at in happenings %}
    -- what lies after the moment it became known cannot have happened
    select max({{ local_date(utc_timestamp(happened_at)) }}) as as_of_date
    from {{ source(source_name, table_name) }}
    where
        isfinite({{ happened_at }})
        and {{ local_date(utc_timestamp(happened_at)) }} >= cast('{{ checked_var("min_plausible_date") }}' as date)
        -- rows written by other hands than the loader's may not say when they came
        and (
            loaded_at is null
            or {{ happened_at }} <= loaded_at + interval '{{ checked_var("future_skew_minutes") }} minutes'
        )

    union all
    {% endfor %}
    -- events are many: each load has been asked once
    select max(last_date) as as_of_date
    from {{ ref('stg_app__event_loads') }}
    where last_date >= cast('{{ checked_var("min_plausible_date") }}' as date)
    {%- endif %}
),

latest as (
    select max(as_of_date) as as_of_date from happened
),

final as (
    select
        as_of_date,
        {{ 'true' if given else 'false' }} as is_given,
        {{ start_of_local_date(add_days('as_of_date', 1)) }}
        + interval '{{ checked_var("future_skew_minutes") }} minutes' as latest_at
    from latest
)

select * from final
