{# The t with P(|T| > t) = alpha for each degrees of freedom of a relation: one row per df, with t. Newton's method
   on the logarithms of t and of the tail, where tails are nearly straight, starting from the normal quantile; each step
   doubles the number of correct digits.
     relation  with a column df, double precision, of distinct values
     alpha     a number #}
{% macro student_t_quantile(relation, alpha) -%}
    with recursive steps (df, step_number, t) as (
        select
            df,
            0 as step_number,
            -{{ normal_quantile('half_alpha') }} as t
        from (select df, cast('{{ alpha }}' as double precision) / 2 as half_alpha from {{ relation }}) as asked

        union all

        select
            tails.df,
            tails.step_number + 1 as step_number,
            tails.t * exp(
                ln(2 * tails.tail / cast('{{ alpha }}' as double precision)) * sqrt(tails.df + tails.t * tails.t) * tails.integral / tails.t
            ) as t
        from (
            select
                steps.df,
                steps.step_number,
                steps.t,
                {{ student_t_sf('steps.t', 'steps.df') }} as tail,
                {{ student_t_integral('steps.t', 'steps.df') }} as integral
            from steps
            where steps.step_number < 8
        ) as tails
    )

    select df, t from steps
    where step_number = 8
{%- endmacro %}
