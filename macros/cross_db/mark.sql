{# The last line of the comment on each of our relations and schemas. A relation without it belongs to somebody else. #}
{% macro mark() -%}
    {{ return('made by productpulse') }}
{%- endmacro %}

{# A description as a comment with the mark, quoted for SQL. #}
{% macro marked(description='') -%}
    {{ return(quoted((description ~ '\n' ~ mark()) | trim)) }}
{%- endmacro %}

{% macro quoted(text) -%}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{%- endmacro %}

{# Whether the comment on something, given as a Postgres expression, has the mark as a line of its own and not as the end of a
   sentence. #}
{% macro is_marked(comment) -%}
    coalesce(right(E'\n' || {{ comment }}, {{ mark() | length + 1 }}) = E'\n{{ mark() }}', false)
{%- endmacro %}
