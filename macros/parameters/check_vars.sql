{# Before any model runs: check that every parameter has a valid value, and that every var on the command line is a parameter
   (a misspelt one would otherwise be ignored). #}
{% macro check_vars() -%}
    {%- if execute -%}
        {%- set rules = var_rules() -%}
        {%- for name in invocation_args_dict.get('vars') or {} if name not in rules -%}
            {{ exceptions.raise_compiler_error(
                "var " ~ name ~ ": there is no such parameter; there are " ~ rules | sort | join(', ')
            ) }}
        {%- endfor -%}
        {%- for name in rules -%}
            {%- do checked_var(name) -%}
        {%- endfor -%}
        {%- set zone = checked_var('reporting_timezone') -%}
        {%- if zone != 'UTC' and not timezone_is_known(zone) -%}
            {{ exceptions.raise_compiler_error("var reporting_timezone: '" ~ zone ~ "' is not " ~ rules.reporting_timezone.says) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
