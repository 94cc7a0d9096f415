{# A window of the usable rows (without a reason for rejection) with one key, in the order in which they count.
     key        columns of the key
     keep       'first': it happened once, and the first row to arrive counts
                'latest': it has states, and the latest load counts
     updated_at when the source wrote the state, if it says so: the latest counts; a row without it counts by its load
     arrived_at when the source received the row, if it says so
     contents   all other columns, which order rows that arrived together; text by code point
     plain      those of `contents` that are not text #}
{% macro arrivals(key, keep, contents, plain, arrived_at='loaded_at', updated_at=none) -%}
        partition by {{ key | join(', ') }}, rejection_reason
        order by
            {% if keep == 'first' -%}
            {% if arrived_at != 'loaded_at' %}{{ arrived_at }}, {% endif %}loaded_at
            {%- else -%}
            {% if updated_at -%}
            {#- nothing is written after it was loaded, whatever its timestamp says -#}
            coalesce(case when isfinite({{ updated_at }}) and {{ updated_at }} < loaded_at then {{ updated_at }} end, loaded_at) desc,
            {% endif -%}
            loaded_at desc
            {%- endif %}
            {%- for column in contents %},
            {{ column if column in plain else text_order(column) }}
            {%- endfor %}
{%- endmacro %}
