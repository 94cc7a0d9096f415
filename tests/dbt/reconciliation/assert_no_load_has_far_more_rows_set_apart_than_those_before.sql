{{ config(severity='warn') }}

select *
from {{ ref('set_apart_by_load') }}
where is_conspicuous
