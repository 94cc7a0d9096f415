{# P(X > x) of the chi-square distribution with 1 to 100 whole degrees of freedom, relatively accurate far into the
   tail: a sum of Poisson probabilities, over half numbers and with the normal tail for odd degrees. From M. Abramowitz and
   I. Stegun, Handbook of Mathematical Functions (1964), 26.4.4 and 26.4.5.
     x, df  columns #}
{% macro chi_square_sf(x, df) -%}
    {%- set factorial = {'even': 1.0, 'odd': 1.772453850905516} -%}
    case
        when {{ x }} <= 0 then 1
        when {{ x }} > 0 then (
            select
                case when {{ df }} % 2 = 1 then 2 * ({{ normal_cdf('(-sqrt(' ~ x ~ '))') }}) else 0 end
                + coalesce(sum(
                    {{ bounded_exp('terms.power * ln(' ~ x ~ ' / 2) - ' ~ x ~ ' / 2 - ln(terms.factorial)') }}
                    order by terms.power
                ), 0)
            from (
                select number, cast(power as double precision) as power, cast(factorial as double precision) as factorial
                from (values (0, 0e0, 1e0)
                {%- for number in range(1, 99) -%}
                    {%- set parity = 'even' if number % 2 == 0 else 'odd' -%}
                    {%- do factorial.update({parity: factorial[parity] * number / 2}) -%}
                    , ({{ number }}, {{ number / 2 }}e0, {{ factorial[parity] }}{{ '' if 'e' in factorial[parity] | string else 'e0' }})
                {%- endfor %}
                ) as numbers (number, power, factorial)
            ) as terms
            where terms.number % 2 = {{ df }} % 2 and terms.number <= {{ df }} - 2
        )
    end
{%- endmacro %}
