with account_movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

plan_movements as (
    select * from {{ ref('int_revenue__plan_movements') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

final as (
    select
        'all' as segment_name,
        'all' as segment_value,
        account_id,
        date,
        opening_cents,
        fx_cents,
        movement_cents,
        closing_cents,
        movement_type
    from account_movements
    {%- for attribute in segment_attributes('account') %}

    union all

    select
        '{{ attribute }}' as segment_name,
        coalesce(accounts.{{ attribute }}, 'unknown') as segment_value,
        account_movements.account_id,
        account_movements.date,
        account_movements.opening_cents,
        account_movements.fx_cents,
        account_movements.movement_cents,
        account_movements.closing_cents,
        account_movements.movement_type
    from account_movements
    inner join accounts on account_movements.account_id = accounts.account_id
    {%- endfor %}

    union all

    select
        'plan' as segment_name,
        plan_id as segment_value,
        account_id,
        date,
        opening_cents,
        fx_cents,
        movement_cents,
        closing_cents,
        movement_type
    from plan_movements
)

select * from final
