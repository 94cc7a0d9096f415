{# After a mart is written: its grain becomes its primary key, columns that name rows of dimensions get an index (except the
   first column of the key), and `pulse_reporter` may read it. The right is not a `grants` setting, because that stops the
   build when the role does not exist. Nothing on an engine that scans just as fast and has no roles. #}
{% macro publish(relation) -%}
    {%- if execute -%}
        {{ return(adapter.dispatch('publish')(relation)) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__publish(relation) -%}
    {%- set grain = grain_of(model) -%}
    alter table {{ relation }} add primary key ({{ grain | join(', ') }});
    {%- for column in parents(model) if column != grain[0] %}
    {{ create_index(relation, column) }};
    {%- endfor %}
    do $$
    begin
        if exists (select from pg_roles where rolname = 'pulse_reporter') then
            grant select on {{ relation }} to pulse_reporter;
        end if;
    end
    $$
{%- endmacro %}

{% macro duckdb__publish(relation) -%}
{%- endmacro %}
