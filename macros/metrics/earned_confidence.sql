{# How far a finding can be believed: the share of what else was looked at and kept to what its rule takes for granted, of the
   same subscription or account; where there is nothing else of it that did, of all. The finding itself is among the looked at and
   not among the kept. #}
{% macro earned_confidence(own_kept, own_looked_at, all_kept, all_looked_at) -%}
    case
        when {{ own_kept }} > 0 then cast({{ own_kept }} as double precision) / nullif({{ own_looked_at }} - 1, 0)
        else cast({{ all_kept }} as double precision) / nullif({{ all_looked_at }} - 1, 0)
    end
{%- endmacro %}
