{# Changes of MRR, combined into one row per unit and date: the effect of the rate, then at most one movement, whose type
   depends on the MRR before and after it. Several changes of a date net.
     changes  relation with the unit's columns, fx_cents, leaving_cents, arriving_cents, date
     unit     columns that make up the unit: an account, or an account's share in a plan #}
{% macro mrr_movements(changes, unit) -%}
    {%- set unit_columns = unit | join(', ') -%}
    with daily as (
        select
            {{ unit_columns }},
            date,
            cast(sum(fx_cents) as bigint) as fx_cents,
            cast(sum(arriving_cents - leaving_cents) as bigint) as movement_cents,
            max(arriving_cents) as most_arriving_cents
        from {{ changes }}
        group by {{ unit_columns }}, date
    ),

    -- MRR that arrives stays until the end of its date, so from then on the unit has paid
    bridged as (
        select
            {{ unit_columns }},
            date,
            fx_cents,
            movement_cents,
            cast(sum(fx_cents + movement_cents) over up_to_date as bigint) as closing_cents,
            min(case when most_arriving_cents > 0 then date end) over up_to_date < date as has_paid_before
        from daily
        window up_to_date as (
            partition by {{ unit_columns }} order by date rows between unbounded preceding and current row
        )
    ),

    final as (
        select
            *,
            closing_cents - movement_cents - fx_cents as opening_cents
        from bridged
    )

    select
        {{ unit_columns }},
        date,
        opening_cents,
        fx_cents,
        movement_cents,
        closing_cents,
        case
            when movement_cents = 0 then 'none'
            when closing_cents = 0 then 'churn'
            when opening_cents + fx_cents > 0
                then case when movement_cents > 0 then 'expansion' else 'contraction' end
            when has_paid_before then 'reactivation'
            else 'new'
        end as movement_type
    from final
{%- endmacro %}
