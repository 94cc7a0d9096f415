{# Whether a row counts. It lists the other statuses, because for an equality with an expression Postgres expects one row in
   200 and joins row by row. Measured in docs/benchmarks.md#invoices. #}
{% macro is_accepted() -%}
    row_status not in ('rejected', 'duplicate')
{%- endmacro %}
