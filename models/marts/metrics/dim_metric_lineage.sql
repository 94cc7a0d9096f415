{%- set rows = metric_lineage() if execute else [] -%}

with metrics as (
    select * from {{ ref('dim_metrics') }}
),

lineage (mart, node, layer, used_by, depth) as (
    values
    {%- for row in rows %}
    ('{{ row.mart }}', '{{ row.node }}', '{{ row.layer }}', '{{ row.used_by }}', {{ row.depth }}){{ ',' if not loop.last }}
    {%- else %}
    ('', '', '', '', 0)
    {%- endfor %}
),

final as (
    select
        metrics.metric_name,
        lineage.node,
        lineage.layer,
        nullif(lineage.used_by, '') as used_by,
        lineage.depth
    from metrics
    inner join lineage on metrics.source_model = lineage.mart
)

select * from final
