{%- set attributes = ['country', 'platform', 'acquisition_channel', 'company_size'] -%}

with users as (
    select * from {{ ref('int_activity__users') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

described as (
    select
        users.user_id,
        users.country,
        users.platform,
        users.acquisition_channel,
        accounts.company_size,
        accounts.current_plan_id
    from users
    left join accounts on users.account_id = accounts.account_id
    where users.is_counted
),

final as (
    select user_id, 'all' as segment_name, 'all' as segment_value
    from described
    {%- for attribute in attributes %}
    union all
    select user_id, '{{ attribute }}' as segment_name, coalesce({{ attribute }}, 'unknown') as segment_value
    from described
    {%- endfor %}
    union all
    select user_id, 'plan' as segment_name, coalesce(current_plan_id, 'none') as segment_value
    from described
)

select * from final
