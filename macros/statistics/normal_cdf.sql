{# P(Z <= z) of the standard normal distribution, to the last digits also in the lower tail; for the upper tail use
   normal_cdf(-z). From W. J. Cody, Rational Chebyshev Approximations for the Error Function, Mathematics of Computation 23
   (1969), with the coefficients of its form for the normal distribution (1993, algorithm 715). #}
{% macro normal_cdf(z) -%}
    {%- set a = [0.065682337918207449113, 2.2352520354606839287, 161.02823106855587881, 1067.6894854603709582,
        18154.981253343561249] -%}
    {%- set b = [1.0, 47.20258190468824187, 976.09855173777669322, 10260.932208618978205, 45507.789335026729956] -%}
    {%- set c = [1.0765576773720192317e-8, 0.39894151208813466764, 8.8831497943883759412, 93.506656132177855979,
        597.27027639480026226, 2494.5375852903726711, 6848.1904505362823326, 11602.651437647350124,
        9842.7148383839780218] -%}
    {%- set d = [1.0, 22.266688044328115691, 235.38790178262499861, 1519.377599407554805, 6485.558298266760755,
        18615.571640885098091, 34900.952721145977266, 38912.003286093271411, 19685.429676859990727] -%}
    {%- set p = [0.02307344176494017303, 0.21589853405795699, 0.1274011611602473639, 0.022235277870649807,
        0.001421619193227893466, 2.9112874951168792e-5] -%}
    {%- set q = [1.0, 1.28426009614491121, 0.468238212480865118, 0.0659881378689285515, 0.00378239632202758244,
        7.29751555083966205e-5] -%}
    {%- set square = '(' ~ z ~ ' * ' ~ z ~ ')' -%}
    {%- set inverse = '(1 / ' ~ square ~ ')' -%}
    {%- set density = bounded_exp('-0.5 * ' ~ square) -%}
    case
        when abs({{ z }}) < 0.66291 then 0.5 + {{ z }} * {{ polynomial(square, a) }} / {{ polynomial(square, b) }}
        when abs({{ z }}) < 5.656854
            then case when {{ z }} > 0 then 1 else 0 end - sign({{ z }}) * {{ density }}
                * {{ polynomial('abs(' ~ z ~ ')', c) }} / {{ polynomial('abs(' ~ z ~ ')', d) }}
        when abs({{ z }}) < 37.6
            then case when {{ z }} > 0 then 1 else 0 end - sign({{ z }}) * {{ density }} / abs({{ z }})
                * (0.3989422804014326779e0 - {{ inverse }} * {{ polynomial(inverse, p) }} / {{ polynomial(inverse, q) }})
        when {{ z }} > 0 then 1
        when {{ z }} < 0 then 0
    end
{%- endmacro %}
