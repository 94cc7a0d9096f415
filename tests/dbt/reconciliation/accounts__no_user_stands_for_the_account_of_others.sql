{{ config(severity='warn') }}

-- a user without an account pays under his own id: numbering users and accounts from 1 would mix them up
select dim_users.user_id
from {{ ref('dim_users') }} as dim_users
inner join {{ ref('stg_app__accounts') }} as accounts on dim_users.user_id = accounts.account_id
where dim_users.account_id = dim_users.user_id
