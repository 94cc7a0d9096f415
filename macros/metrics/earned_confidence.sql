{# How certain a finding is: the share of other cases of the same subscription or account that are as its rule assumes; when
   none of them is, the share of all other cases. The finding itself is among the cases and not among the kept ones. #}
{% macro earned_confidence(own_kept, own_looked_at, all_kept, all_looked_at) -%}
    case
        when {{ own_kept }} > 0 then cast({{ own_kept }} as double precision) / nullif({{ own_looked_at }} - 1, 0)
        else cast({{ all_kept }} as double precision) / nullif({{ all_looked_at }} - 1, 0)
    end
{%- endmacro %}
