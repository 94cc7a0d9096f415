{# A property of a JSON object that is a number, or a text that reads like one, as a double precision; 0 when there is none,
   and when it is beyond what sums of squares can hold. #}
{% macro json_number(json, name) -%}
    {%- set value = json_value(json, name) -%}
    case
        when {{ value }} ~ '^-?[0-9]{1,200}([.][0-9]+)?([eE][-+]?[0-9]{1,2})?$'
            then case
                when abs(cast({{ value }} as double precision)) between 1e-9 and 1e15
                    then cast({{ value }} as double precision)
                else 0
            end
        else 0
    end
{%- endmacro %}
