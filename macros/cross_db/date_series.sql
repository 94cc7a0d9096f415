{# A subquery with one column `date`: every date from the first to the last of two columns of a one-row relation, both
   included; no rows when either is null. #}
{% macro date_series(relation, first_column, last_column) -%}
    {{ return(adapter.dispatch('date_series')(relation, first_column, last_column)) }}
{%- endmacro %}

{% macro default__date_series(relation, first_column, last_column) -%}
    (
        select cast(series.instant as date) as date
        from {{ relation }}
        cross join
            lateral generate_series(
                cast({{ relation }}.{{ first_column }} as timestamp),
                cast({{ relation }}.{{ last_column }} as timestamp),
                interval '1 day'
            ) as series (instant)
    )
{%- endmacro %}

{% macro duckdb__date_series(relation, first_column, last_column) -%}
    (
        select
            cast(unnest(generate_series(
                cast({{ relation }}.{{ first_column }} as timestamp),
                cast({{ relation }}.{{ last_column }} as timestamp),
                interval '1 day'
            )) as date) as date
        from {{ relation }}
    )
{%- endmacro %}
