{# The attributes that split users or accounts into segments: columns of which each unit has one value. The plan is separate,
   because it is `none` when nothing is paid. #}
{% macro segment_attributes(unit) -%}
    {{ return({
        'user': ['country', 'platform', 'acquisition_channel', 'company_size'],
        'account': ['country', 'industry', 'company_size'],
    }[unit]) }}
{%- endmacro %}
