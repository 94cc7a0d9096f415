{# Flows of MRR brought to one row per unit and date: what the rate did, then one movement at most, classed
   by where it leads from and to. Several changes of a date net.
     flows  relation with the unit's columns, fx_cents, movement_cents, leaving_reason, subscription_id, date
     unit   columns that make up the unit: an account, or an account's share in a plan #}
{% macro mrr_movements(flows, unit) -%}
    {%- set unit_columns = unit | join(', ') -%}
    with daily as (
        select
            {{ unit_columns }},
            date,
            cast(sum(fx_cents) as bigint) as fx_cents,
            cast(sum(movement_cents) as bigint) as movement_cents
        from {{ flows }}
        group by {{ unit_columns }}, date
    ),

    bridged as (
        select
            {{ unit_columns }},
            date,
            fx_cents,
            movement_cents,
            cast(sum(fx_cents + movement_cents) over up_to_date as bigint) as closing_cents
        from daily
        window up_to_date as (
            partition by {{ unit_columns }} order by date rows between unbounded preceding and current row
        )
    ),

    remembered as (
        select
            *,
            closing_cents - movement_cents - fx_cents as opening_cents,
            coalesce(max(closing_cents) over (
                partition by {{ unit_columns }} order by date rows between unbounded preceding and 1 preceding
            ), 0) > 0 as has_paid_before
        from bridged
    ),

    -- of several contracts that leave on one date the largest gives the reason
    leavings as (
        select
            {{ unit_columns }},
            date,
            leaving_reason,
            row_number() over (
                partition by {{ unit_columns }}, date
                order by movement_cents, {{ text_order('subscription_id') }}
            ) as leaving_rank
        from {{ flows }}
        where leaving_reason <> 'none'
    )

    select
        {% for column in unit %}remembered.{{ column }}, {% endfor %}
        remembered.date,
        remembered.opening_cents,
        remembered.fx_cents,
        remembered.movement_cents,
        remembered.closing_cents,
        case
            when remembered.movement_cents = 0 then 'none'
            when remembered.closing_cents = 0 then 'churn'
            when remembered.opening_cents + remembered.fx_cents > 0
                then case when remembered.movement_cents > 0 then 'expansion' else 'contraction' end
            when remembered.has_paid_before then 'reactivation'
            else 'new'
        end as movement_type,
        case
            when remembered.movement_cents <> 0 and remembered.closing_cents = 0
                then coalesce(leavings.leaving_reason, 'voluntary')
        end as reason
    from remembered
    left join leavings
        on {% for column in unit %}remembered.{{ column }} = leavings.{{ column }} and {% endfor -%}
        remembered.date = leavings.date
        and leavings.leaving_rank = 1
{%- endmacro %}
