{# What the record of warnings says of them: `proven` where those warned of left `rule_min_lift` times as often as all, as the
   lower bound of the 95 % interval of their share shows; `unproven` where too few left, and by chance would have, to tell; else
   `no_better`, not clearly better than chance.
     warned, caught    of how many it warned, and who of them left
     scored, churned   how many there were, and who of them left #}
{% macro record_status(warned, caught, scored, churned) -%}
    {%- set few = checked_var('rule_min_churns') -%}
    case
        when
            coalesce({{ scored }}, 0) = 0
            or ({{ caught }} < {{ few }} and {{ warned }} * {{ churned }} < {{ few }} * {{ scored }})
            then 'unproven'
        when
            {{ wilson_bound(caught, 'nullif(' ~ warned ~ ', 0)', 'low') }}
            > cast({{ checked_var('rule_min_lift') }} as double precision) * {{ churned }} / {{ scored }}
            then 'proven'
        else 'no_better'
    end
{%- endmacro %}
