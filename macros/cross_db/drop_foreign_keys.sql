{# Before a build: drop the foreign keys between marts that will be rebuilt. Otherwise two marts that are replaced at the same
   time wait for each other, because replacing a mart locks the marts that name its rows. #}
{% macro drop_foreign_keys() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- do adapter.dispatch('drop_foreign_keys')() -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__drop_foreign_keys() %}
    {% set ours = [] %}
    {% set made_again = [] %}
    {% for mart in public_models() %}
        {% set relation = "to_regclass('" ~ api.Relation.create(schema=mart.schema, identifier=mart.alias) ~ "')" %}
        {% do ours.append(relation) %}
        {% if mart.unique_id in selected_resources %}
            {% do made_again.append(relation) %}
        {% endif %}
    {% endfor %}
    {% if made_again %}
        {% set found = run_query(
            "select 'alter table ' || conrelid::regclass || ' drop constraint ' || quote_ident(conname) from pg_constraint "
            ~ "where contype = 'f' and conrelid in (" ~ ours | join(', ') ~ ") and confrelid in (" ~ ours | join(', ') ~ ") "
            ~ "and " ~ is_marked("obj_description(conrelid, 'pg_class')") ~ " "
            ~ "and " ~ is_marked("obj_description(confrelid, 'pg_class')") ~ " "
            ~ "and (conrelid in (" ~ made_again | join(', ') ~ ") or confrelid in (" ~ made_again | join(', ') ~ ")) order by 1"
        ).columns[0].values() %}
        {% if found %}
            {% do run_query(found | join('; ')) %}
        {% endif %}
    {% endif %}
{% endmacro %}

{% macro duckdb__drop_foreign_keys() %}
{% endmacro %}
