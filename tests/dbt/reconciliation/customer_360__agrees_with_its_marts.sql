-- each total of the accounts compared with the mart that it comes from
{% set totals = {
    'user_count': "select sum(user_count) from " ~ ref('dim_accounts'),
    'mrr_amount': "select sum(current_mrr_amount) from " ~ ref('dim_accounts'),
    'arr_amount': "select closing_arr_amount from " ~ ref('fct_arr_by_period')
        ~ " where segment_name = 'all' and period_grain = 'day' and period_start = as_of_date",
    'active_users': "select mau from " ~ ref('fct_active_users_daily') ~ " where segment_name = 'all' and date = as_of_date",
    'ever_active_users': "select count(*) from " ~ ref('dim_users') ~ " where first_active_date is not null and is_counted",
    'arr_at_risk_amount': "select sum(arr_at_risk_amount) from " ~ ref('fct_churn_risk'),
    'leaking_amount': "select sum(reporting_amount) from " ~ ref('fct_revenue_leakage') ~ " where account_id is not null",
    'risk_score': "select sum(risk_score) from " ~ ref('fct_churn_risk'),
    'm_score': "select sum(m_score) from " ~ ref('fct_account_rfm'),
    'recommendations': "select count(*) from " ~ ref('fct_recommendations'),
} %}

with totals as (
    {%- for column, expected in totals.items() %}
    select
        '{{ column }}' as column_name,
        coalesce(sum({{ column }}), 0) as found,
        coalesce(({{ expected }}), 0) as expected
    from {{ ref('fct_customer_360') }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select * from totals
where found <> expected
