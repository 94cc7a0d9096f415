{# A bound of the 95 % interval of a rate by Wilson (1927), which stays between 0 and 1 and also holds for few trials;
   null without trials.
     side  low or high #}
{% macro wilson_bound(successes, trials, side) -%}
    {%- set hits = 'cast(' ~ successes ~ ' as double precision)' -%}
    {%- set z = z_95() -%}
    {%- set z_squared = 'cast(3.841458820694124 as double precision)' -%}
    case
        when {{ trials }} is null then null
        when {{ successes }} = {{ 0 if side == 'low' else trials }} then cast({{ 0 if side == 'low' else 1 }} as double precision)
        else (
            {{ hits }} + {{ z_squared }} / 2
            {{ '-' if side == 'low' else '+' }} {{ z }} * sqrt({{ hits }} * ({{ trials }} - {{ hits }}) / {{ trials }} + {{ z_squared }} / 4)
        ) / ({{ trials }} + {{ z_squared }})
    end
{%- endmacro %}
