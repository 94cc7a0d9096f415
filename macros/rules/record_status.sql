{# What the track record of a rule's alerts shows. `proven`: accounts with an alert left more than `rule_min_lift` times as often
   as all accounts, by the lower bound of the 95 % interval of their share. `unproven`: too few of them left, and too few would
   have by chance, to tell. Else `no_better`, not clearly better than chance.
     warned, caught    number of accounts with an alert, and of those of them that left
     scored, churned   number of all accounts, and of those of them that left #}
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
