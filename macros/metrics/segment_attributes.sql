{# The attributes by which users or accounts are cut into segments: columns of which each has one value. The
   plan comes besides, because it is `none` where nothing is paid. #}
{% macro segment_attributes(unit) -%}
    {{ return({
        'user': ['country', 'platform', 'acquisition_channel', 'company_size'],
        'account': ['country', 'industry', 'company_size'],
    }[unit]) }}
{%- endmacro %}
