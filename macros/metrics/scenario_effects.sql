{# The effect of changed assumptions per month and per year: one row per scenario and assumption.
     scenarios  relation with scenario_id, name, assumption, change_percent (four decimals)
     levers     relation with the revenue that depends on each assumption
     reporting  relation with the reporting currency's minor_unit_digits

   Each amount is rounded once, half away from zero. #}
{% macro scenario_effects(scenarios, levers, reporting) -%}
    {%- set wide = wide_integer() -%}
    {%- set change = 'cast(abs(change_percent) * 10000 as ' ~ wide ~ ') * base_cents' -%}
    {%- set whole = 'nullif(cast(1000000 as ' ~ wide ~ ') * base_months, 0)' -%}
    with moved as (
        select
            scenarios.scenario_id,
            scenarios.name,
            scenarios.assumption,
            scenarios.change_percent,
            levers.base_cents,
            levers.base_months,
            levers.months_in_year,
            case when scenarios.change_percent < 0 then -levers.direction else levers.direction end as sign
        from {{ scenarios }} as scenarios
        inner join {{ levers }} as levers on scenarios.assumption = levers.assumption
    ),

    computed as (
        select
            moved.*,
            {{ quotient_half_up('cast(base_cents as ' ~ wide ~ ')', 'nullif(cast(base_months as ' ~ wide ~ '), 0)') }} as base_monthly_cents,
            sign * {{ quotient_half_up(change, whole) }} as monthly_cents,
            sign * {{ quotient_half_up(change ~ ' * months_in_year', whole) }} as annual_cents
        from moved
    )

    select
        computed.scenario_id,
        computed.name,
        computed.assumption,
        cast(computed.change_percent as double precision) as change_percent,
        {{ reporting_amount('computed.base_monthly_cents') }} as base_monthly_amount,
        {{ reporting_amount('computed.monthly_cents') }} as monthly_impact_amount,
        {{ reporting_amount('computed.annual_cents') }} as annual_impact_amount
    from computed
    cross join {{ reporting }} as reporting
{%- endmacro %}
