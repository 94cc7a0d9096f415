{# accepted, duplicate or rejected: exactly one for every raw row. #}
{% macro row_status() -%}
    case
        when rejection_reason is not null then 'rejected'
        when arrival_number > 1 then 'duplicate'
        else 'accepted'
    end
{%- endmacro %}
