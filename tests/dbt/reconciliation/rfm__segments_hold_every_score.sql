-- scores that no segment contains
with scores as (
    select score
    from (values (1), (2), (3), (4), (5)) as five (score)
)

select
    r.score as r_score,
    f.score as f_score,
    m.score as m_score
from scores as r
cross join scores as f
cross join scores as m
where not exists (
    select 1
    from {{ ref('stg_reference__rfm_segments') }} as segments
    where
        r.score between segments.min_r and segments.max_r
        and f.score between segments.min_f and segments.max_f
        and m.score between segments.min_m and segments.max_m
)
