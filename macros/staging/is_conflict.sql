{# Whether a row says something else than the one of its key that counts, whenever it was received. Named as in `arrivals`. #}
{% macro is_conflict() -%}
    {%- set said = 'row(' ~ kwargs.contents | reject('equalto', 'received_at') | join(', ') ~ ')' -%}
    ({{ said }} is distinct from first_value({{ said }}) over ({{ arrivals(**kwargs) }}))
{%- endmacro %}
