{# How a new relation takes the place of the old one. dbt would rename both and then drop the old one with everything that
   depends on it. Here the old one is dropped at once, with our views, which are rebuilt after it. When somebody else's view,
   function or key depends on it, the old one stays and gets the new columns and rows, or the new query. When that is
   impossible, because a column that they use is gone, the build stops and everything is as before. #}
{% macro postgres__rename_relation(from_relation, to_relation) -%}
    {%- if not to_relation.identifier.endswith('__dbt_backup') -%}
        {% call statement('rename_relation') -%}
            {{ take_place(from_relation, to_relation) }}
        {%- endcall %}
    {%- endif -%}
{%- endmacro %}

{# The same for a seed that is rebuilt; its rows come later. #}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {%- if not full_refresh -%}
        {{ return(dbt.default__reset_csv_table(model, full_refresh, old_relation, agate_table)) }}
    {%- endif -%}
    {%- set new = make_intermediate_relation(old_relation) -%}
    {%- set aside = make_backup_relation(old_relation, 'table') -%}
    {%- do run_query('alter table ' ~ this ~ ' rename to ' ~ aside.identifier) -%}
    {%- set sql = create_csv_table(model, agate_table) -%}
    {%- do run_query(
        'alter table ' ~ this ~ ' rename to ' ~ new.identifier ~ '; '
        ~ 'alter table ' ~ aside ~ ' rename to ' ~ this.identifier
    ) -%}
    {%- do run_query(take_place(new, this)) -%}
    {{ return(sql) }}
{%- endmacro %}

{% macro take_place(from_relation, to_relation) -%}
    {%- set kind = 'view' if from_relation.is_view else 'table' -%}
    {%- set from, to = from_relation.include(database=false), to_relation.include(database=false) -%}
    {%- set name = to.schema ~ '.' ~ to.identifier -%}
    do $place$
    declare
        new_oid oid := to_regclass('{{ from }}');
        old_oid oid := to_regclass('{{ to }}');
        old_kind text;
        others text;
        statement text;
        later text[];
        names text;
        said text;
    begin
        if old_oid is not null then
            old_kind := (select case relkind when 'v' then 'view' else 'table' end from pg_class where oid = old_oid);
            begin
                execute format('drop %s {{ to }}', old_kind);
                old_oid := null;
            exception when dependent_objects_still_exist then
                others := ({{ others_who_depend_on('old_oid') }});
                if others is null then
                    execute format('drop %s {{ to }} cascade', old_kind);
                    old_oid := null;
                end if;
            end;
        end if;
        if old_oid is null then
            alter {{ kind }} {{ from }} rename to {{ to_relation.identifier }};
            return;
        end if;
        if old_kind <> '{{ kind }}' then
            raise exception using message = format(
                '{{ name }} becomes a {{ kind }}, and %s depends on it: drop it, build, and create it again', others
            );
        end if;
        begin
            {%- if kind == 'view' %}
            execute 'create or replace view {{ to }} as ' || pg_get_viewdef(new_oid);
            drop view {{ from }};
            {%- else %}
            {{ take_rows(from, to) | indent(12) }}
            {%- endif %}
        exception when dependent_objects_still_exist or invalid_table_definition or feature_not_supported then
            get stacked diagnostics said = message_text;
            raise exception using message = format(
                '{{ name }} is rebuilt, and %s cannot stay (%s): drop it, build, and create it again', others, said
            );
        end;
    end
    $place$
{%- endmacro %}

{# The old table becomes like the new one: constraints and columns when they differ, rows and indexes. #}
{% macro take_rows(from, to) -%}
    for statement in
        select removals.removal from (
            select 1 as step, format('alter table %s drop constraint %I', conrelid::regclass, conname) as removal
            from pg_constraint
            where confrelid = old_oid and {{ is_marked("obj_description(conrelid, 'pg_class')") }}
            union all
            select 2, format('alter table {{ to }} drop constraint %I', conname)
            from pg_constraint
            where conrelid = old_oid and confrelid <> old_oid and contype <> 'n' and pg_get_constraintdef(oid) not in (
                select pg_get_constraintdef(oid) from pg_constraint where conrelid = new_oid
            )
            union all
            select 3, format('alter table {{ to }} alter column %I drop not null', attname)
            from pg_attribute
            where attrelid = old_oid and attnum > 0 and attnotnull and not attisdropped and attname not in (
                select attname from pg_attribute where attrelid = new_oid and attnum > 0 and attnotnull
            )
            union all
            select 4, format('drop index %s', indexrelid::regclass)
            from pg_index
            where indrelid = old_oid and indexrelid not in (select conindid from pg_constraint where conrelid = old_oid)
        ) as removals
        order by removals.step
    loop
        execute statement;
    end loop;
    for statement in
        select format('alter table {{ to }} drop column %I', attname)
        from pg_attribute
        where attrelid = old_oid and attnum > 0 and not attisdropped and (attname, atttypid, atttypmod) not in (
            select attname, atttypid, atttypmod from pg_attribute
            where attrelid = new_oid and attnum > 0 and not attisdropped
        )
    loop
        execute statement;
    end loop;
    for statement in
        select format('alter table {{ to }} add column if not exists %I %s', attname, format_type(atttypid, atttypmod))
        from pg_attribute
        where attrelid = new_oid and attnum > 0 and not attisdropped and attname not in (
            select attname from pg_attribute where attrelid = old_oid and attnum > 0 and not attisdropped
        )
        order by attnum
    loop
        execute statement;
    end loop;
    truncate {{ to }};
    names := (
        select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
        where attrelid = new_oid and attnum > 0 and not attisdropped
    );
    execute format('insert into {{ to }} (%s) select %s from {{ from }}', names, names);
    later := array(
        select format('alter table {{ to }} alter column %I set not null', attname)
        from pg_attribute
        where attrelid = new_oid and attnum > 0 and attnotnull and not attisdropped
    ) || array(
        select format('alter table {{ to }} add %s', pg_get_constraintdef(oid))
        from pg_constraint
        where conrelid = new_oid and contype <> 'n' and pg_get_constraintdef(oid) not in (
            select pg_get_constraintdef(oid) from pg_constraint where conrelid = old_oid
        )
    ) || array(
        select regexp_replace(
            pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX \S+ ON \S+', 'create \1index on {{ to }}'
        )
        from pg_index
        where indrelid = new_oid and indexrelid not in (select conindid from pg_constraint where conrelid = new_oid)
    );
    drop table {{ from }};
    foreach statement in array later loop
        execute statement;
    end loop;
{%- endmacro %}

{# What depends on a relation, directly or through others, and is not ours; null if nothing does. #}
{% macro others_who_depend_on(relation) -%}
    with recursive dependents (classid, objid) as (
        select 'pg_class'::regclass::oid, {{ relation }}
        union
        select
            case when rules.oid is null then depending.classid else 'pg_class'::regclass::oid end,
            coalesce(rules.ev_class, depending.objid)
        from dependents
        inner join pg_depend as depending
            on dependents.classid = depending.refclassid and dependents.objid = depending.refobjid
        left join pg_rewrite as rules on depending.classid = 'pg_rewrite'::regclass and depending.objid = rules.oid
    ),
    homes as (
        select
            dependents.*,
            coalesce(classes.oid, constraints.conrelid, defaults.adrelid, policies.polrelid) as home
        from dependents
        left join pg_class as classes
            on dependents.classid = 'pg_class'::regclass and dependents.objid = classes.oid
            and classes.relkind in ('r', 'v', 'm', 'f', 'p', 'c')
        left join pg_constraint as constraints
            on dependents.classid = 'pg_constraint'::regclass and dependents.objid = constraints.oid
        left join pg_attrdef as defaults
            on dependents.classid = 'pg_attrdef'::regclass and dependents.objid = defaults.oid
        left join pg_policy as policies
            on dependents.classid = 'pg_policy'::regclass and dependents.objid = policies.oid
        left join pg_type as types
            on dependents.classid = 'pg_type'::regclass and dependents.objid = types.oid
        -- objects that are created and dropped together with a relation or another type
        where dependents.classid not in ('pg_statistic_ext'::regclass, 'pg_trigger'::regclass)
            and coalesce(types.typrelid, 0) = 0
            and coalesce(types.typelem, 0) = 0
    )
    select string_agg(distinct pg_describe_object(classid, objid, 0), ', ')
    from homes
    where home is distinct from {{ relation }} and case
        when home is not null then not {{ is_marked("obj_description(home, 'pg_class')") }}
        when classid = 'pg_class'::regclass then false
        else true
    end
{%- endmacro %}
