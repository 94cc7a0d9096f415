-- recommendations by rules without an open outcome, and open outcomes without a recommendation
with recommendations as (
    select recommendations.*
    from {{ ref('fct_recommendations') }} as recommendations
    inner join {{ ref('stg_reference__recommendation_rules') }} as rules on recommendations.rule_id = rules.rule_id
)

select
    recommendations.recommendation_id,
    outcomes.recommendation_id as outcome_id
from recommendations
full join (select * from {{ ref('fct_recommendation_outcomes') }} where outcome = 'open') as outcomes
    on recommendations.recommendation_id = outcomes.recommendation_id
where recommendations.recommendation_id is null or outcomes.recommendation_id is null
