-- each active account has an active user of its own, and both marts have the same dates
select users.date, users.dau, accounts.dau as accounts_dau
from (select * from {{ ref('fct_active_users_daily') }} where segment_name = 'all') as users
full outer join (select * from {{ ref('fct_active_accounts_daily') }} where segment_name = 'all') as accounts
    on users.date = accounts.date
where
    users.date is null
    or accounts.date is null
    or accounts.dau > accounts.wau
    or accounts.wau > accounts.mau
    or accounts.dau > users.dau
    or accounts.wau > users.wau
    or accounts.mau > users.mau
