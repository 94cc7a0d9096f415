{# A subquery with period_grain, period_start and period_end (its last date): every period that contains a date between
   first_date and last_date of a one-row relation. #}
{% macro periods(date_range, grains) -%}
    (
        {%- for grain in grains %}
        select distinct
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'series.date') }} as period_start,
            {{ add_days(next_period_start(grain, period_start(grain, 'series.date')), -1) }} as period_end
        from {{ date_series(date_range, 'first_date', 'last_date') }} as series
        {% if not loop.last %}union all{% endif %}
        {%- endfor %}
    )
{%- endmacro %}
