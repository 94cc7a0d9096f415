{# The rows of a mart that hold metrics, in the columns that all of them have: date, period_grain, segment, is_complete and the
   numbers under their own names. A mart with a row per account, finding or the like is added up, as a whole and by each segment.
   The CTE `clock` must be there. #}
{% macro metric_rows(source) -%}
    {%- set columns = metric_columns(source) -%}
    {%- set parts = source.segments or [none] -%}
    {%- if source.aggregate and source.segments -%}
        {%- set parts = [none] + source.segments -%}
    {%- endif -%}
    {%- for part in parts %}
    select
        mart.{{ source.date }} as date,
        {{ 'mart.' ~ source.grain_column if source.grain_column else "'" ~ source.grain ~ "'" }} as period_grain,
        {%- if part is none %}
        'all' as segment_name,
        'all' as segment_value,
        {%- elif part.name_column %}
        mart.{{ part.name_column }} as segment_name,
        mart.{{ part.value_column }} as segment_value,
        {%- else %}
        '{{ part.name }}' as segment_name,
        coalesce(cast(mart.{{ part.column }} as {{ dbt.type_string() }}), 'none') as segment_value,
        {%- endif %}
        {{ 'mart.' ~ source.complete if source.complete else 'mart.' ~ source.date ~ ' <= clock.as_of_date' }} as is_complete,
        {%- for column in columns %}
        {%- if source.aggregate == 'sum' %}
        cast(sum(mart.{{ column }}) as double precision) as {{ column }}{{ ',' if not loop.last }}
        {%- else %}
        cast(mart.{{ column }} as double precision) as {{ column }}{{ ',' if not loop.last }}
        {%- endif %}
        {%- endfor %}
        {%- if source.aggregate == 'count' %}
        cast(count(*) as double precision) as row_count
        {%- endif %}
    from {{ ref(source.mart) }} as mart
    cross join clock
    where
        mart.{{ source.date }} is not null
        {%- if source.where %}
        and {{ metric_filter(source, 'mart') }}
        {%- endif %}
    {%- if source.aggregate %}
    group by
        mart.{{ source.date }}, clock.as_of_date
        {%- if part is not none %}, {{ 'mart.' ~ part.value_column ~ ', mart.' ~ part.name_column if part.name_column else 'mart.' ~ part.column }}{% endif -%}
        {%- if source.complete %}, mart.{{ source.complete }}{% endif -%}
        {%- if source.grain_column %}, mart.{{ source.grain_column }}{% endif %}
    {%- endif %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}
