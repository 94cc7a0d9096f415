{# Whether a text is an existing date of the form YYYY-MM-DD. #}
{% macro is_calendar_date(text) -%}
    {%- if modules.re.fullmatch('[12]\\d{3}-(0[1-9]|1[0-2])-\\d{2}', text) is none -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set year, month, day = text[:4] | int, text[5:7] | int, text[8:] | int -%}
    {%- set leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
    {%- set days = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
    {{ return(1 <= day <= days[month - 1]) }}
{%- endmacro %}
