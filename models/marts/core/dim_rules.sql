with churn_rules as (
    select * from {{ ref('stg_reference__churn_rules') }}
),

leakage_rules as (
    select * from {{ ref('stg_reference__leakage_rules') }}
),

recommendation_rules as (
    select * from {{ ref('stg_reference__recommendation_rules') }}
),

-- all leakage rules that exist, switched on or not
leakage as (
    {%- for rule in leakage_rules() %}
    select '{{ rule }}' as rule_id
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

final as (
    select
        rule_id,
        'churn' as rule_kind,
        name,
        owner,
        description,
        'active' as status,
        action,
        signal,
        operator,
        threshold,
        weight,
        cast(null as integer) as priority,
        cast(null as integer) as grace_or_window_days
    from churn_rules

    union all

    select
        rule_id,
        'recommendation' as rule_kind,
        name,
        owner,
        description,
        'active' as status,
        action,
        signal,
        operator,
        threshold,
        cast(null as integer) as weight,
        cast(null as integer) as priority,
        cast(null as integer) as grace_or_window_days
    from recommendation_rules

    union all

    select
        leakage.rule_id,
        'leakage' as rule_kind,
        coalesce(leakage_rules.name, leakage.rule_id) as name,
        leakage_rules.owner,
        leakage_rules.description,
        case when leakage_rules.rule_id is null then 'switched_off' else 'active' end as status,
        leakage_rules.action,
        cast(null as text) as signal,
        cast(null as text) as operator,
        cast(null as double precision) as threshold,
        cast(null as integer) as weight,
        leakage_rules.priority,
        leakage_rules.days as grace_or_window_days
    from leakage
    left join leakage_rules on leakage.rule_id = leakage_rules.rule_id
)

select * from final
