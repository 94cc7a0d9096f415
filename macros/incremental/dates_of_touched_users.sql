{# Of users with a touched day: one row per user and date that is among their days or was touched, and whether it was (1 or 0).
     days  relation with any number of rows per user_id and activity_date

   The CTE touched_days lists the touched days. #}
{% macro dates_of_touched_users(days) -%}
    select user_id, activity_date, max(is_touched) as is_touched
    from (
        select user_id, activity_date, 1 as is_touched
        from touched_days
        union all
        select user_id, activity_date, 0 as is_touched
        from {{ days }}
        where user_id in (select touched_days.user_id from touched_days)
    ) as days
    group by user_id, activity_date
{%- endmacro %}
