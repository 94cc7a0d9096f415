{# The name of the schema of a layer (raw, reference, staging, intermediate, marts, learning, audit), after a prefix if the
   environment or the var `schema_prefix` gives one. The sources repeat the expression, because YAML cannot call macros. #}
{% macro schema_of(layer) -%}
    {%- set given = checked_var('schema_prefix') -%}
    {%- set environment = env_var('PULSE_SCHEMA_PREFIX', 'unset-') -%}
    {%- if environment == 'unset-' -%}
        {{ return((given or '') ~ layer) }}
    {%- elif given is not none and given != environment -%}
        {{ exceptions.raise_compiler_error(
            "var schema_prefix is '" ~ given ~ "', but PULSE_SCHEMA_PREFIX is '" ~ environment ~ "': set one, or both alike"
        ) }}
    {%- endif -%}
    {%- set rule = var_rules().schema_prefix -%}
    {%- if modules.re.fullmatch(rule.pattern, environment) is none -%}
        {{ exceptions.raise_compiler_error("PULSE_SCHEMA_PREFIX: '" ~ environment ~ "' is not " ~ rule.says) }}
    {%- endif -%}
    {{ return(environment ~ layer) }}
{%- endmacro %}
