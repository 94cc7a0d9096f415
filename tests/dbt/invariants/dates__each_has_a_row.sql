-- from the first date to the as-of date, or to the last date in marts that show the day that is not over, in every segment and
-- for every feature, also when nothing happened
{% set slices = {
    'fct_active_users_daily': ['segment_name', 'segment_value'],
    'fct_active_accounts_daily': ['segment_name', 'segment_value'],
    'fct_sessions_daily': ['segment_name', 'segment_value'],
    'fct_feature_usage_daily': ['feature_id'],
} %}

{%- for mart, columns in slices.items() %}
select
    '{{ mart }}' as mart,
    {{ columns | join(" || ' ' || ") }} as slice,
    min(date) as first_date,
    max(date) as last_date,
    count(*) as dates
from {{ ref(mart) }}
group by {{ columns | join(', ') }}
having count(*) <> {{ days_between('min(date)', 'max(date)') }} + 1 or max(date) <> max({{ 'as_of_date' if mart == 'fct_feature_usage_daily' else '(select last_date from ' ~ ref('stg_clock__as_of') ~ ')' }})
{{ 'union all' if not loop.last }}
{%- endfor %}
