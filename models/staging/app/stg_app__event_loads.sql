{{ config(
    materialized='incremental',
    incremental_strategy='append',
    post_hook="{{ remember_build() }}"
) }}

{#- rows that the loader did not write may have no load time: they have arrived by the time of this build -#}
{%- set known_by = 'coalesce(loaded_at, ' ~ build_time() ~ ')' -%}
{%- set skew = "interval '" ~ checked_var('future_skew_minutes') ~ " minutes'" %}

with events as (
    select * from {{ ref('stg_app__events') }}
),

final as (
    select
        load_id,
        count(*) as row_count,
        -- nothing can have happened after it became known
        max(
            case
                when isfinite(occurred_at)
                    and occurred_at <= least(coalesce(received_at, {{ known_by }}), {{ known_by }}) + {{ skew }}
                    then {{ local_date('occurred_at') }}
            end
        ) as last_date,
        max(
            case
                when isfinite(received_at) and received_at <= {{ known_by }} + {{ skew }}
                    then received_at
            end
        ) as last_received_at,
        max(loaded_at) as loaded_at
    from events
    {%- if is_incremental() %}
    where loaded_at > (select max(earlier.loaded_at) from {{ this }} as earlier)
    {%- endif %}
    -- the rows of a load arrived at one moment, rows that the loader did not write at any time
    group by load_id, loaded_at is null
)

select * from final
