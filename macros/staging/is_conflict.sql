{# Whether the contents of a row differ from those of the row of the same key that counts, no matter when it was received.
   Arguments as in `arrivals`. #}
{% macro is_conflict() -%}
    {%- set said = 'row(' ~ kwargs.contents | reject('equalto', 'received_at') | join(', ') ~ ')' -%}
    ({{ said }} is distinct from first_value({{ said }}) over ({{ arrivals(**kwargs) }}))
{%- endmacro %}
