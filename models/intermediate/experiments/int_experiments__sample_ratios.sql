with exposures as (
    select * from {{ ref('int_experiments__exposures') }}
),

variants as (
    select * from {{ ref('stg_reference__experiment_variants') }}
),

arms as (
    select
        variants.experiment_id,
        variants.variant,
        variants.planned_share,
        count(exposures.user_id) as users
    from variants
    left join exposures
        on variants.experiment_id = exposures.experiment_id
        and variants.variant = exposures.variant
        and not exposures.is_excluded
    group by variants.experiment_id, variants.variant, variants.planned_share
),

totals as (
    select
        experiment_id,
        sum(planned_share order by {{ text_order('variant') }}) as planned_share,
        cast(sum(users) as bigint) as users,
        cast(sum(case when planned_share = 0 then users else 0 end) as bigint) as unplanned_users,
        count(case when planned_share > 0 then 1 end) - 1 as degrees_of_freedom
    from arms
    group by experiment_id
),

expected as (
    select
        arms.experiment_id,
        arms.variant,
        arms.users,
        totals.users * (arms.planned_share / totals.planned_share) as expected_users
    from arms
    inner join totals on arms.experiment_id = totals.experiment_id
    where arms.planned_share > 0 and totals.users > 0
),

compared as (
    select
        experiment_id,
        sum(
            (users - expected_users) * ((users - expected_users) / expected_users) order by {{ text_order('variant') }}
        ) as statistic
    from expected
    group by experiment_id
),

assessed as (
    select
        totals.experiment_id,
        totals.users,
        totals.unplanned_users,
        totals.degrees_of_freedom,
        compared.statistic
    from totals
    left join compared on totals.experiment_id = compared.experiment_id
),

final as (
    select
        experiment_id,
        users,
        statistic as srm_statistic,
        case
            when unplanned_users > 0 then 0
            when degrees_of_freedom > 0 then {{ chi_square_sf('assessed.statistic', 'assessed.degrees_of_freedom') }}
        end as srm_p_value
    from assessed
)

select * from final
