{# The dates that a daily or periodic table covers: from the first one in a relation to the as-of date, or to the last date of the
   data, which may not be over. One row, null where the relation is empty; the CTE `clock` must be there.
     until  as_of_date or last_date
     where  which rows of the relation count #}
{% macro date_range(relation, column, until='as_of_date', where=none) -%}
    select
        min({{ relation }}.{{ column }}) as first_date,
        max(clock.{{ until }}) as last_date
    from {{ relation }}
    cross join clock
    {%- if where %}
    where {{ where }}
    {%- endif %}
{%- endmacro %}
