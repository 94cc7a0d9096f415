{{ config(severity='warn') }}

-- a user without an account pays under their own id, so users and accounts that are both numbered from 1 would be mixed up
select dim_users.user_id
from {{ ref('dim_users') }} as dim_users
inner join {{ ref('stg_app__accounts') }} as accounts on dim_users.user_id = accounts.account_id
where dim_users.account_id = dim_users.user_id
