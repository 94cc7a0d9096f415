{# A raw table that is read from an existing relation: a view with the columns and types of the raw schema, and no copy.
     node     the source as dbt knows it
     mapping  what the var `sources` says about it: relation, columns, loaded_at, where #}
{% macro read_source(node, mapping) -%}
    {%- do adapter.dispatch('read_source')(node, mapping) -%}
{%- endmacro %}

{% macro default__read_source(node, mapping) %}
    {% set table = node.name %}
    {% set found = existing_relation(table, mapping.relation) %}
    {% set given = {} %}
    {% for column in node.columns.values() %}
        {% set presence = column.config.meta.presence | default('required') %}
        {% if column.name == 'loaded_at' %}
            {% set said = mapping.loaded_at %}
        {% else %}
            {% set said = (mapping.columns or {}).get(column.name) %}
        {% endif %}
        {% if said is not none and said is defined %}
            {% do given.update({column.name: said_expression(table, column.name, said, found)}) %}
        {% elif column.name not in (mapping.columns or {}) and column.name in found.columns and column.name != 'load_id' %}
            {% do given.update({column.name: found.columns[column.name]}) %}
        {% elif presence == 'required' %}
            {{ wrong_source(table, found.name ~ " has no column " ~ column.name ~ ", which must be there: write under columns what it is") }}
        {% endif %}
    {% endfor %}
    {% set one_of = node.config.meta.one_of or [] %}
    {% if one_of and one_of | select('in', given) | list | length == 0 %}
        {{ wrong_source(table, found.name ~ " has none of the columns " ~ one_of | join(', ') ~ ", of which one must be there: write under columns what it is") }}
    {% endif %}

    {% set listed = [] %}
    {% for name, expression in given.items() %}
        {% do listed.append(expression ~ ' as ' ~ name) %}
    {% endfor %}
    {#- the line ends before the bracket closes, because the expression may end in a comment -#}
    {% set rows = 'select ' ~ listed | join(', ') ~ ' from ' ~ found.name
        ~ (' where (' ~ mapping.where ~ '\n)' if mapping.where else '') %}
    {% set types = run_query(
        'select ' ~ ('cast(pg_typeof(given.' ~ given | join(') as text), cast(pg_typeof(given.') ~ ') as text)')
        ~ ' from (select 1) as one left join (' ~ rows ~ ' limit 0) as given on true'
    ).columns %}
    {% set columns = [] %}
    {% for column in node.columns.values() %}
        {% if column.name in given %}
            {% set type = types[(given | list).index(column.name)].values()[0] %}
            {% do columns.append(as_raw_type(table, column, type) ~ ' as ' ~ column.name) %}
        {% else %}
            {% do columns.append('cast(null as ' ~ column.data_type ~ ') as ' ~ column.name) %}
        {% endif %}
    {% endfor %}
    {% set view = node.schema ~ '.' ~ table %}
    {% do create_layer('raw') %}
    {% do run_query(
        'create or replace view ' ~ view ~ ' as select ' ~ columns | join(', ') ~ ' from (' ~ rows ~ ') as given; '
        ~ 'comment on view ' ~ view ~ ' is ' ~ marked(node.description ~ '\nread from ' ~ found.name)
    ) %}
{% endmacro %}

{# DuckDB reads only the Parquet files of the lake. #}
{% macro duckdb__read_source(node, mapping) %}
    {{ wrong_source(node.name, "tables in Postgres cannot be read on DuckDB, which reads only what `productpulse load` wrote") }}
{% endmacro %}

{# An existing relation: its quoted name, and {name: quoted name} of its columns. #}
{% macro existing_relation(table, name) -%}
    {%- set part = '(?:"[^"]+"|[^\\W\\d][\\w$]*)' -%}
    {%- if not modules.re.fullmatch(part ~ '\\.' ~ part, name) -%}
        {{ wrong_source(table, "'" ~ name ~ "' is not the name of a relation with its schema, such as analytics." ~ table) }}
    {%- endif -%}
    {%- set rows = run_query(
        "select cast(classes.oid as text), quote_ident(nspname) || '.' || quote_ident(relname), attname, quote_ident(attname) "
        ~ "from pg_class as classes inner join pg_namespace as namespaces on classes.relnamespace = namespaces.oid "
        ~ "inner join pg_attribute on attrelid = classes.oid and attnum > 0 and not attisdropped "
        ~ "where classes.oid = to_regclass('" ~ name | replace("'", "''") ~ "') order by attnum"
    ).rows -%}
    {%- if not rows -%}
        {{ wrong_source(table, "there is no relation " ~ name ~ " in this database, or this user may not see it") }}
    {%- endif -%}
    {%- set columns = {} -%}
    {%- for row in rows -%}
        {%- do columns.update({row[2]: row[3]}) -%}
    {%- endfor -%}
    {{ return({'name': rows[0][1], 'columns': columns}) }}
{%- endmacro %}

{# The SQL for what the settings say of a column: a column of the relation by its name, a value that is not a text, or an
   expression. #}
{% macro said_expression(table, column, said, found) -%}
    {%- if said is not string -%}
        {{ return(said | string | lower) }}
    {%- endif -%}
    {%- set plain = said | trim -%}
    {%- set is_quoted = modules.re.fullmatch('"[^"]+"', plain) is not none -%}
    {%- set name = plain[1:-1] if is_quoted else plain -%}
    {%- if name in found.columns -%}
        {{ return(found.columns[name]) }}
    {%- elif not is_quoted and name | lower in found.columns -%}
        {{ return(found.columns[name | lower]) }}
    {%- elif is_quoted or modules.re.fullmatch('[^\\W\\d][\\w$]*', name) -%}
        {{ wrong_source(table, found.name ~ " has no column " ~ name ~ " to be " ~ column ~ "; it has " ~ found.columns | join(', ')) }}
    {%- endif -%}
    {{ return('(' ~ said ~ '\n)') }}
{%- endmacro %}

{# A column of the relation in the type of the raw schema, when the conversion loses nothing. #}
{% macro as_raw_type(table, column, type) -%}
    {%- set whole = ['smallint', 'integer', 'bigint'] -%}
    {%- set readable = {
        'bigint': whole,
        'numeric(9,4)': whole + ['numeric', 'real', 'double precision'],
        'boolean': ['boolean'],
        'json': ['json', 'jsonb'],
        'timestamptz': ['timestamp with time zone', 'timestamp without time zone', 'date'],
    } -%}
    {%- set remedies = {
        'bigint': 'cast(round(amount * 100) as bigint), for an amount in whole dollars',
        'numeric(9,4)': 'cast(discount as numeric)',
        'boolean': "kind = 'staff'",
        'json': 'cast(properties as json)',
        'timestamptz': "to_timestamp(created), for seconds since 1970, or cast(created as timestamp) at time zone 'UTC'",
    } -%}
    {%- set name = 'given.' ~ column.name -%}
    {%- if column.data_type in readable and type not in readable[column.data_type] -%}
        {{ wrong_source(table, column.name ~ " is " ~ type ~ " there and must be " ~ column.data_type
            ~ ": write under columns how to read it, such as " ~ remedies[column.data_type]) }}
    {%- elif type == 'date' and column.data_type == 'timestamptz' -%}
        {#- a day begins at midnight in the reporting time zone -#}
        {{ return("cast(" ~ name ~ " as timestamp) at time zone '" ~ checked_var('reporting_timezone') ~ "'") }}
    {%- elif type == 'timestamp without time zone' and column.data_type == 'timestamptz' -%}
        {{ return("cast(" ~ name ~ " as timestamp) at time zone 'UTC'") }}
    {%- else -%}
        {{ return('cast(' ~ name ~ ' as ' ~ column.data_type ~ ')') }}
    {%- endif -%}
{%- endmacro %}

{# Remove what was in the place of a raw table before it was, or was no longer, read from an existing relation. Loaded rows
   stay; a relation without rows of its own goes, unless others need it. #}
{% macro make_room(node, mapped) -%}
    {%- set relation = node.schema ~ '.' ~ node.name -%}
    {%- set ours = run_query(
        "select case relkind when 'v' then 'view' else 'table' end from pg_class where oid = to_regclass('" ~ relation ~ "') "
        ~ "and relkind in ('r', 'v') and " ~ is_marked("obj_description(oid, 'pg_class')")
    ).columns[0].values() | first -%}
    {%- if ours == ('table' if node.name in mapped else 'view') -%}
        {%- if ours == 'table' and run_query('select exists (select from ' ~ relation ~ ')').columns[0].values()[0] -%}
            {{ wrong_source(node.name, relation ~ " holds rows that were loaded: load them or read them from " ~ mapped[node.name].relation ~ ", not both") }}
        {%- endif -%}
        {%- set others = run_query(
            'select (' ~ others_who_depend_on("to_regclass('" ~ relation ~ "')::oid") ~ ')'
        ).columns[0].values()[0] -%}
        {%- if others -%}
            {{ wrong_source(node.name, others ~ " depends on " ~ relation ~ ", which is rebuilt: drop it, build, and create it again") }}
        {%- endif -%}
        {%- do run_query('drop ' ~ ours ~ ' ' ~ relation ~ ' cascade') -%}
    {%- endif -%}
{%- endmacro %}
