-- units of each segment that reached each step, counted from the units and the attributes of their users and accounts
with user_units as (
    select
        funnel_users.funnel_id,
        funnel_users.deepest_step,
        users.country,
        users.platform,
        users.acquisition_channel,
        accounts.company_size,
        users.current_plan_id
    from {{ ref('fct_funnel_users') }} as funnel_users
    inner join {{ ref('dim_users') }} as users on funnel_users.user_id = users.user_id
    inner join {{ ref('dim_accounts') }} as accounts on users.account_id = accounts.account_id
),

account_units as (
    select
        funnel_users.funnel_id,
        funnel_users.deepest_step,
        accounts.country,
        accounts.industry,
        accounts.company_size,
        accounts.current_plan_id
    from {{ ref('fct_funnel_users') }} as funnel_users
    inner join {{ ref('dim_accounts') }} as accounts on funnel_users.unit_id = accounts.account_id
    where funnel_users.user_id is null
),

cut as (
    {{ segments('user_units', 'user', columns=['funnel_id', 'deepest_step']) }}
    union all
    {{ segments('account_units', 'account', columns=['funnel_id', 'deepest_step']) }}
),

counted as (
    select
        funnel_id,
        segment_name,
        segment_value,
        deepest_step,
        count(*) as users
    from cut
    group by funnel_id, segment_name, segment_value, deepest_step
),

steps as (
    select * from {{ ref('fct_funnel_steps') }}
),

again as (
    select
        steps.funnel_id,
        steps.segment_name,
        steps.segment_value,
        steps.step_number,
        sum(counted.users) as users
    from steps
    inner join counted
        on steps.funnel_id = counted.funnel_id
        and steps.segment_name = counted.segment_name
        and steps.segment_value = counted.segment_value
        and steps.step_number <= counted.deepest_step
    group by steps.funnel_id, steps.segment_name, steps.segment_value, steps.step_number
)

select
    steps.funnel_id,
    steps.segment_name,
    steps.segment_value,
    steps.step_number,
    steps.users as found_users,
    again.users as expected_users
from steps
left join again
    on steps.funnel_id = again.funnel_id
    and steps.segment_name = again.segment_name
    and steps.segment_value = again.segment_value
    and steps.step_number = again.step_number
where steps.users <> coalesce(again.users, 0)
