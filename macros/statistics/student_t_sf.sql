{# P(T > t) of Student's t distribution for t >= 0 and any degrees of freedom, whole or not; relatively
   accurate far into the tail. With t = sqrt(df) sinh(s) the density becomes a power of cosh(s), and the tail is that
   power at s times what `student_t_integral` gives; divided by its value at 0, so that no gamma function is needed.
     t, df  columns, double precision #}
{% macro student_t_sf(t, df) -%}
    (0.5 * {{ bounded_exp('-0.5 * ' ~ df ~ ' * ' ~ ln_one_plus(t ~ ' * (' ~ t ~ ' / ' ~ df ~ ')')) }}
    * {{ student_t_integral(t, df) }} / {{ student_t_integral('0e0', df) }})
{%- endmacro %}
