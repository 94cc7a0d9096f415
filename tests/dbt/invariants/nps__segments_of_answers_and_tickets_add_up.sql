-- segments of which each unit has one value add up to the total
{% set measures = {'fct_nps': ['promoters', 'detractors', 'responses'], 'fct_support_load': ['opened_tickets', 'resolved_tickets', 'open_tickets']} %}

{%- for mart, columns in measures.items() %}
select
    '{{ mart }}' as mart,
    totals.period_grain,
    totals.period_start,
    parts.segment_name
from {{ ref(mart) }} as totals
inner join {{ ref(mart) }} as parts
    on totals.period_grain = parts.period_grain and totals.period_start = parts.period_start
where totals.segment_name = 'all'
group by totals.period_grain, totals.period_start, parts.segment_name
having {% for column in columns %}max(totals.{{ column }}) <> sum(parts.{{ column }}){{ ' or ' if not loop.last }}{% endfor %}
{% if not loop.last %}union all{% endif %}
{%- endfor %}
