{# Of users with a touched day: one row per user and date that is among their days or was touched; whether it was (1 or 0),
   and when its first and last event happened, if it has any.
     days  relation with any number of rows per user_id and activity_date, each with its first_at and last_at

   The CTE touched_days lists the touched days. #}
{% macro dates_of_touched_users(days) -%}
    select
        user_id,
        activity_date,
        min(first_at) as first_at,
        max(last_at) as last_at,
        max(is_touched) as is_touched
    from (
        select user_id, activity_date, cast(null as timestamp) as first_at, cast(null as timestamp) as last_at, 1 as is_touched
        from touched_days
        union all
        select user_id, activity_date, first_at, last_at, 0 as is_touched
        from {{ days }}
        where user_id in (select touched_days.user_id from touched_days)
    ) as days
    group by user_id, activity_date
{%- endmacro %}
