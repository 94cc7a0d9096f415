{# The integral of (cosh(s + w) / cosh(s)) ^ -df over all w >= 0, where t = sqrt(df) sinh(s), by the double exponential
   rule: H. Takahasi and M. Mori, Double Exponential Formulas for Numerical Integration, Publications of RIMS 9
   (1974). The distance of the nodes follows the width of the integrand.
     t, df  columns, double precision #}
{% macro student_t_integral(t, df) -%}
    {%- set tangent = '(' ~ t ~ ' / sqrt(' ~ df ~ ' + ' ~ t ~ ' * ' ~ t ~ '))' -%}
    {%- set width = '(' ~ df ~ ' * ' ~ tangent ~ ' + sqrt(' ~ df ~ '))' -%}
    {%- set w = 'least(nodes.node / ' ~ width ~ ', 350)' -%}
    {%- set growth = '(2 * sinh(' ~ w ~ ' / 2) * sinh(' ~ w ~ ' / 2) + ' ~ tangent ~ ' * sinh(' ~ w ~ '))' -%}
    (
        select
            sum(
                nodes.weight * {{ bounded_exp('-' ~ df ~ ' * ' ~ ln_one_plus(growth)) }} order by nodes.node
            ) / 8 / {{ width }}
        from (
            select
                exp(steps.y - exp(-steps.y)) as node,
                exp(steps.y - exp(-steps.y)) * (1 + exp(-steps.y)) as weight
            from (
                select cast(numbers.number as double precision) / 8 as y
                from generate_series(-36, 40) as numbers (number)
            ) as steps
        ) as nodes
    )
{%- endmacro %}
