{# After a mart is written: its grain becomes its primary key, columns that name rows of dimensions are indexed, but for
   those with which the key begins, and `pulse_reporter` may read it. The right is no `grants` setting, which stops the
   build where the role does not exist. Nothing where the engine scans as quickly and knows no roles. #}
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
