{{ config(materialized='table') }}

{%- set given = checked_var('as_of_date') -%}
{%- set happenings = [
    ('app', 'users', 'created_at', 'loaded_at'),
    ('app', 'events', 'occurred_at', 'least(coalesce(received_at, loaded_at), loaded_at)'),
    ('billing', 'subscription_changes', 'changed_at', 'loaded_at'),
    ('billing', 'invoices', 'issued_at', 'loaded_at'),
    ('billing', 'payments', 'attempted_at', 'loaded_at'),
    ('support', 'support_tickets', 'opened_at', 'loaded_at'),
    ('feedback', 'nps_responses', 'responded_at', 'loaded_at'),
    ('experiments', 'experiment_assignments', 'assigned_at', 'loaded_at'),
] %}

with happened as (
    {%- if given %}
    select cast('{{ given }}' as date) as as_of_date
    {%- else %}
    {%- for source_name, table_name, happened_at, known_at in happenings %}
    -- what lies after the moment it became known cannot have happened
    select max({{ local_date(utc_timestamp(happened_at)) }}) as as_of_date
    from {{ source(source_name, table_name) }}
    where
        isfinite({{ happened_at }})
        and {{ local_date(utc_timestamp(happened_at)) }} >= cast('{{ checked_var("min_plausible_date") }}' as date)
        -- rows written by other hands than the loader's may not say when they came
        and (
            loaded_at is null
            or {{ happened_at }} <= {{ known_at }} + interval '{{ checked_var("future_skew_minutes") }} minutes'
        )
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
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
