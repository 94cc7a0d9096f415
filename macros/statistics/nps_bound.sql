{# A bound of the 95 % interval of promoters' share minus detractors' share: Wilson's interval applied to answers of three
   kinds, with the observed share of passives. It stays within -1 and 1; null without answers.
     side  low or high #}
{% macro nps_bound(promoters, detractors, answers, side) -%}
    {%- set z = z_95() -%}
    {%- set z_squared = 'cast(3.841458820694124 as double precision)' -%}
    {%- set net = 'cast(' ~ promoters ~ ' - ' ~ detractors ~ ' as double precision)' -%}
    case
        -- exact when all answers are of one kind, as the share itself is
        when {{ detractors if side == 'low' else promoters }} = {{ answers }} then cast({{ -1 if side == 'low' else 1 }} as double precision)
        else (
            {{ net }} {{ '-' if side == 'low' else '+' }} {{ z }} * sqrt(
                ({{ promoters }} + {{ detractors }}) * (1 + {{ z_squared }} / {{ answers }}) - {{ net }} * {{ net }} / {{ answers }}
            )
        ) / ({{ answers }} + {{ z_squared }})
    end
{%- endmacro %}
