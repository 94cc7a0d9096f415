{# A polynomial by Horner's rule, the coefficient of the highest power first. It is written with exponents, because some
   engines read 0.1 as a decimal and convert it to a float in two roundings. #}
{% macro polynomial(x, coefficients) -%}
    {%- set sum = namespace(sql=coefficients[0] ~ ('' if 'e' in coefficients[0] | string else 'e0')) -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set sum.sql = '((' ~ sum.sql ~ ') * ' ~ x ~ ' + ' ~ coefficient
            ~ ('' if 'e' in coefficient | string else 'e0') ~ ')' -%}
    {%- endfor -%}
    {{ sum.sql }}
{%- endmacro %}
