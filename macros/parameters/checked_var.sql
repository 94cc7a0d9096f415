{# The checked value of a parameter: the only way in which a var gets into SQL. A wrong value stops the build with one line
   that lists the valid ones. A revenue policy that is null is as the profile says. #}
{% macro checked_var(name) -%}
    {%- set rule = var_rules()[name] -%}
    {%- set value = var(name) -%}
    {%- if value is none and rule.profiled is defined -%}
        {%- set value = revenue_profiles()[checked_var('revenue_profile')][name] -%}
    {%- endif -%}
    {%- set text = value | string -%}
    {%- if value is none -%}
        {%- set ok = rule.optional | default(false) -%}
    {%- elif rule.is_switch is defined -%}
        {%- set ok = value is boolean -%}
    {%- elif rule.is_mapping is defined -%}
        {%- set ok = value is mapping -%}
    {%- elif rule.one_of is defined -%}
        {%- set ok = value in rule.one_of -%}
    {%- elif rule.some_of is defined -%}
        {%- set ok = value is sequence and value is not string and value is not mapping and value | length > 0
            and value | reject('in', rule.some_of) | list | length == 0 -%}
    {%- elif rule.pattern is defined -%}
        {%- set ok = modules.re.fullmatch(rule.pattern, text) is not none -%}
    {%- elif rule.is_date is defined -%}
        {%- set ok = is_calendar_date(text) -%}
    {%- elif rule.is_moment is defined -%}
        {%- set ok = is_calendar_date(text[:10])
            and modules.re.fullmatch('(T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d)?Z)?', text[10:]) is not none -%}
    {%- else -%}
        {%- set ok = value is number and value is not boolean and rule.low <= value <= rule.high
            and (rule.fraction is defined or value is integer) -%}
    {%- endif -%}
    {%- if not ok -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ ": '" ~ text ~ "' is not " ~ rule.says) }}
    {%- endif -%}
    {{ return(text if (rule.is_date is defined or rule.is_moment is defined) and value is not none else value) }}
{%- endmacro %}
