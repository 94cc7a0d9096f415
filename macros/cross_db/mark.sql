{# The last line of the comment on each relation and schema that is ours. What lacks it belongs to somebody else. #}
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

{# Whether an expression of Postgres, the comment on something, has the mark: as a line, not as the end of a sentence. #}
{% macro is_marked(comment) -%}
    coalesce(right(E'\n' || {{ comment }}, {{ mark() | length + 1 }}) = E'\n{{ mark() }}', false)
{%- endmacro %}
