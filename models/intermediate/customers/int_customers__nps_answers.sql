with answers as (
    select * from {{ ref('stg_feedback__nps_responses') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

counted as (
    select
        answers.response_id,
        users.user_id,
        users.account_id,
        answers.score,
        {{ local_date('answers.responded_at') }} as date,
        answers.responded_at
    from answers
    cross join clock
    left join merged_users on answers.user_id = merged_users.merged_user_id
    inner join users on coalesce(merged_users.user_id, answers.user_id) = users.user_id
    where users.is_counted and answers.score is not null and {{ local_date('answers.responded_at') }} <= clock.as_of_date
),

final as (
    select
        response_id,
        user_id,
        account_id,
        score >= 9 as is_promoter,
        score <= 6 as is_detractor,
        score,
        row_number() over (partition by user_id order by responded_at, {{ text_order('response_id') }}) as answer_number,
        date,
        responded_at
    from counted
)

select * from final
