{# Whether the value of a signal compares with a rule's threshold as its operator says; an unknown value never does. The
   operator only chooses one of the comparisons below and is never run as SQL.
     rule  relation with operator and threshold #}
{% macro rule_fires(value, rule) -%}
    case {{ rule }}.operator
        {%- for operator in rule_operators() %}
        when '{{ operator }}' then coalesce({{ value }} {{ operator }} {{ rule }}.threshold, false)
        {%- endfor %}
    end
{%- endmacro %}
