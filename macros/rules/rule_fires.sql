{# Whether the value of a signal compares with a rule's threshold as its operator says; a value that is not known
   never does. The operator chooses among comparisons that stand here and is no text that is run.
     rule  relation with operator and threshold #}
{% macro rule_fires(value, rule) -%}
    case {{ rule }}.operator
        {%- for operator in rule_operators() %}
        when '{{ operator }}' then coalesce({{ value }} {{ operator }} {{ rule }}.threshold, false)
        {%- endfor %}
    end
{%- endmacro %}
