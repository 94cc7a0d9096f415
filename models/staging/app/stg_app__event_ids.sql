{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ prefer_scanning() if not is_incremental() }}",
    post_hook="{{ remember_build(seen_at='(select max(loaded_at) from ' ~ ref('stg_app__event_loads') ~ ')') }}"
) }}

{%- set last = last_build('stg_app__event_ids') %}

with events as (
    select * from {{ ref('stg_app__events') }}
),

-- a case, not a where: Postgres would expect few rows to meet several conditions, although nearly all do, and use one worker
arrived as (
    select
        anonymous_id,
        user_id,
        min(case when {{ tells_of_ids() }} then occurred_at end) as first_at
    from events
    {%- if is_incremental() and last.seen_at is not none %}
    where loaded_at > cast('{{ last.seen_at }}' as timestamp)
    {%- endif %}
    group by anonymous_id, user_id
),

final as (
    select *
    from arrived
    where
        first_at is not null
        and (anonymous_id is not null or user_id is not null)
    {%- if is_incremental() %}
        and not exists (
            select 1
            from {{ this }} as known
            where
                known.anonymous_id is not distinct from arrived.anonymous_id
                and known.user_id is not distinct from arrived.user_id
                and known.first_at <= arrived.first_at
        )
    {%- endif %}
)

select * from final
