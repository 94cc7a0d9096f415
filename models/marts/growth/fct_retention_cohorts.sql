with cells as (
    select * from {{ ref('int_growth__cohort_cells') }}
),

returns as (
    select * from {{ ref('int_growth__returns') }}
),

attribute_segments as (
    select * from {{ ref('int_growth__attribute_segments') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

counted as (
    select
        returns.cohort_number,
        returns.retention_type,
        attribute_segments.segment_number,
        returns.period_number,
        cast(sum(returns.users) as bigint) as users
    from returns
    inner join attribute_segments on returns.attributes_number = attribute_segments.attributes_number
    group by
        returns.cohort_number,
        returns.retention_type,
        attribute_segments.segment_number,
        returns.period_number
),

summed as (
    select
        cells.*,
        case
            when cells.retention_type = 'unbounded'
                then cast(sum(coalesce(counted.users, 0)) over (
                    partition by cells.cohort_number, cells.retention_type, cells.segment_number
                    order by cells.period_number desc
                ) as bigint)
            else coalesce(counted.users, 0)
        end as returned_users
    from cells
    left join counted
        on cells.cohort_number = counted.cohort_number
        and cells.retention_type = counted.retention_type
        and cells.segment_number = counted.segment_number
        and cells.period_number = counted.period_number
),

assessed as (
    select
        *,
        -- a cell for which no user is eligible yet is open, not 0
        case when eligible_users > 0 then returned_users end as retained_users
    from summed
),

final as (
    select
        assessed.cohort_basis,
        assessed.period_grain,
        assessed.retention_type,
        assessed.segment_name,
        assessed.segment_value,
        assessed.cohort_start,
        assessed.period_number,
        assessed.last_period_number,
        assessed.eligible_users = assessed.cohort_users as is_complete,
        assessed.cohort_users,
        assessed.eligible_users,
        assessed.retained_users,
        cast(assessed.retained_users as double precision) / nullif(assessed.eligible_users, 0) as retention_rate,
        {{ wilson_bound('assessed.retained_users', 'nullif(assessed.eligible_users, 0)', 'low') }} as rate_low,
        {{ wilson_bound('assessed.retained_users', 'nullif(assessed.eligible_users, 0)', 'high') }} as rate_high,
        clock.as_of_date
    from assessed
    cross join clock
)

select * from final
