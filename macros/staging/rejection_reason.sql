{# Why no metric may use a row, or null. The first rule that applies gives the reason.
     ids         required columns: none may be blank
     any_id      columns of which at least one must be filled
     timestamp   the moment the row is about; the relation is `renamed`, and `clock` is joined to it
     declared    [source, table] whose columns declare accepted_values, lowest and highest
     also        {reason: condition}, for conditions of only one table #}
{% macro rejection_reason(ids, timestamp, any_id=[], declared=[], also={}) -%}
    {%- set limited = limited_columns(declared) -%}
    case
        {%- for id in ids %}
        when renamed.{{ id }} is null or {{ is_blank('renamed.' ~ id) }} then 'blank_key'
        {%- endfor %}
        {%- if any_id %}
        when coalesce(renamed.{{ any_id | join(', renamed.') }}) is null then 'blank_key'
        {%- endif %}
        when renamed.{{ timestamp }} is null or not isfinite(renamed.{{ timestamp }}) then 'implausible_timestamp'
        when {{ local_date('renamed.' ~ timestamp) }} < cast('{{ checked_var("min_plausible_date") }}' as date) then 'implausible_timestamp'
        when renamed.{{ timestamp }} > clock.latest_at then 'future_timestamp'
        {%- for column in limited if column.accepted_values %}
        when renamed.{{ column.name }} is null or renamed.{{ column.name }} not in ('{{ column.accepted_values | join("', '") }}') then 'unknown_{{ column.name }}'
        {%- endfor %}
        {%- for column in limited if column.bounds %}
        when {{ column.bounds | join(' or ') }} then 'out_of_range_{{ column.name }}'
        {%- endfor %}
        {%- for reason, condition in also.items() %}
        when {{ condition }} then '{{ reason }}'
        {%- endfor %}
    end
{%- endmacro %}
