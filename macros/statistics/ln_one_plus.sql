{# ln(1 + x) that keeps its digits for a small x: rounding 1 + x has the same effect on the logarithm and on the divisor. From
   W. Kahan; see D. Goldberg, What Every Computer Scientist Should Know About Floating-Point Arithmetic (1991), theorem 4. #}
{% macro ln_one_plus(x) -%}
    case
        when 1 + ({{ x }}) = 1 then {{ x }}
        else ({{ x }}) * ln(1 + ({{ x }})) / ((1 + ({{ x }})) - 1)
    end
{%- endmacro %}
