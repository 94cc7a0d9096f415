{# One row per unit, rolling window (wau, mau) and date on which it begins (+1) or ceases (-1) to count in it.
     days  relation with one row per unit and activity_date
     unit  its column that names the unit #}
{% macro active_window_changes(days, unit) -%}
    with neighbours as (
        select
            {{ unit }},
            activity_date,
            lag(activity_date) over (partition by {{ unit }} order by activity_date) as previous_date,
            lead(activity_date) over (partition by {{ unit }} order by activity_date) as next_date
        from {{ days }}
    )
    {% for window_name, window_days in [('wau', 7), ('mau', checked_var('mau_window_days'))] %}
    select
        {{ unit }},
        '{{ window_name }}' as window_name,
        1 as change,
        activity_date as date
    from neighbours
    where previous_date is null or {{ add_days('previous_date', window_days) }} <= activity_date

    union all

    select
        {{ unit }},
        '{{ window_name }}' as window_name,
        -1 as change,
        {{ add_days('activity_date', window_days) }} as date
    from neighbours
    where next_date is null or {{ add_days('activity_date', window_days) }} <= next_date
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}
