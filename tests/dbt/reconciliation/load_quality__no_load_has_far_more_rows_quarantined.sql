{{ config(severity='warn') }}

select *
from {{ ref('quarantined_by_load') }}
where is_conspicuous
