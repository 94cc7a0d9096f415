{# The track record of each rule's alerts as it was known on each scoring date, which means from the months whose horizon was
   over by then: one row per rule and scored month.
     rules            relation with rule_id
     alerts           relation with one row per rule, account and month in which it fired
     scored_accounts  relation with one row per scored account and month
     scoring_dates    relation with one row per scored month #}
{% macro rule_records(rules, alerts, scored_accounts, scoring_dates) -%}
    with totals as (
        select
            month,
            count(*) as scored_accounts,
            count(*) filter (where has_churned) as churned_accounts
        from {{ scored_accounts }}
        where has_churned is not null
        group by month
    ),

    results as (
        select
            alerts.rule_id,
            alerts.month,
            count(*) as warned_accounts,
            count(*) filter (where scored.has_churned) as caught_accounts
        from {{ alerts }} as alerts
        inner join {{ scored_accounts }} as scored
            on alerts.account_id = scored.account_id and alerts.month = scored.month
        where scored.has_churned is not null
        group by alerts.rule_id, alerts.month
    ),

    known as (
        select
            rules.rule_id,
            dates.month,
            cast(coalesce(sum(totals.scored_accounts), 0) as bigint) as scored_accounts,
            cast(coalesce(sum(totals.churned_accounts), 0) as bigint) as churned_accounts,
            cast(coalesce(sum(results.warned_accounts), 0) as bigint) as warned_accounts,
            cast(coalesce(sum(results.caught_accounts), 0) as bigint) as caught_accounts
        from {{ rules }} as rules
        cross join {{ scoring_dates }} as dates
        left join {{ scoring_dates }} as earlier on earlier.horizon_end_date <= dates.scoring_date
        left join totals on earlier.month = totals.month
        left join results on earlier.month = results.month and rules.rule_id = results.rule_id
        group by rules.rule_id, dates.month
    )

    select
        rule_id,
        month,
        scored_accounts,
        churned_accounts,
        warned_accounts,
        caught_accounts,
        cast(caught_accounts as double precision) / nullif(warned_accounts, 0) as precision_rate,
        {{ record_status('warned_accounts', 'caught_accounts', 'scored_accounts', 'churned_accounts') }} as record_status
    from known
{%- endmacro %}
