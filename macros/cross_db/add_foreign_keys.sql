{# After a build: each of our columns that names rows of one of our dimensions becomes a foreign key, if it is not one yet.
   After a partial build, rows may still wait for their dimension; then tools can see the key, and a notice says that it is not
   valid. #}
{% macro add_foreign_keys() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- do adapter.dispatch('add_foreign_keys')() -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__add_foreign_keys() %}
    {% set wanted = [] %}
    {% for mart in public_models() %}
        {% for column, dimension in parents(mart).items() %}
            {% do wanted.append(
                "('" ~ api.Relation.create(schema=mart.schema, identifier=mart.alias) ~ "', '" ~ column ~ "', '"
                ~ api.Relation.create(schema=dimension.schema, identifier=dimension.alias) ~ "')"
            ) %}
        {% endfor %}
    {% endfor %}
    {% if not wanted %}
        {{ return(none) }}
    {% endif %}
    {% set orphans = run_query("
        create temporary table orphans (child text, named text, parent text) on commit drop;
        do $$
        declare
            key record;
            made text;
        begin
            for key in
                select wanted.*
                from (values " ~ wanted | join(', ') ~ ") as wanted (child, named, parent)
                where
                    exists (select from pg_constraint where conrelid = to_regclass(parent) and contype = 'p')
                    and " ~ is_marked("obj_description(to_regclass(parent), 'pg_class')") ~ "
                    and " ~ is_marked("obj_description(to_regclass(child), 'pg_class')") ~ "
                    and not exists (
                        select from pg_constraint
                        where
                            contype = 'f'
                            and conrelid = to_regclass(child)
                            and confrelid = to_regclass(parent)
                            and convalidated
                    )
                order by child, named
            loop
                made := replace(key.child, '\"', '');
                made := substr(made, position('.' in made) + 1) || '_' || key.named || '_fkey';
                execute format('alter table %s drop constraint if exists %I', key.child, made);
                execute format(
                    'alter table %s add constraint %I foreign key (%I) references %s not valid',
                    key.child, made, key.named, key.parent
                );
                begin
                    execute format('alter table %s validate constraint %I', key.child, made);
                exception when foreign_key_violation then
                    insert into orphans values (key.child, key.named, key.parent);
                end;
            end loop;
        end
        $$;
        select child || '.' || named || ' has rows that are not in ' || parent from orphans order by 1
    ").columns[0].values() %}
    {% for orphan in orphans %}
        {% do log('notice: ' ~ orphan, info=true) %}
    {% endfor %}
{% endmacro %}

{% macro duckdb__add_foreign_keys() %}
{% endmacro %}
