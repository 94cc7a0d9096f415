{# Let `pulse_reporter` read a mart. A hook and not the `grants` setting, which stops the build where the
   role does not exist. #}
{% macro grant_to_reporter(relation) -%}
    {{ return(adapter.dispatch('grant_to_reporter')(relation)) }}
{%- endmacro %}

{% macro default__grant_to_reporter(relation) -%}
    do $$
    begin
        if exists (select from pg_roles where rolname = 'pulse_reporter') then
            grant select on {{ relation }} to pulse_reporter;
        end if;
    end
    $$
{%- endmacro %}

{% macro duckdb__grant_to_reporter(relation) -%}
{%- endmacro %}
