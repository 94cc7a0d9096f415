{# Before exchange rates are read: check that they are into the reporting currency. They are into another one when its own row
   has a rate other than 1, or when it has no row and another currency is worth exactly 1 throughout. #}
{% macro check_rates() -%}
    {%- if execute -%}
        {%- set reporting = checked_var('reporting_currency') -%}
        {%- set rates = run_query(
            'select upper(currency) as currency, min(rate) as lowest, max(rate) as highest from ' ~ ref('exchange_rates')
            ~ ' group by upper(currency) order by 1'
        ).rows -%}
        {%- set own = rates | selectattr('currency', 'equalto', reporting) | first -%}
        {%- set units = rates | selectattr('lowest', 'equalto', 1) | selectattr('highest', 'equalto', 1) | map(attribute='currency') | list -%}
        {%- if own and reporting not in units -%}
            {%- set wrong = reporting ~ ' itself has another rate than 1 there' -%}
        {%- elif not own and units -%}
            {%- set wrong = units | join(', ') ~ ' is worth exactly 1 there in every month, and ' ~ reporting ~ ' has no row' -%}
        {%- endif -%}
        {%- if wrong is defined -%}
            {{ exceptions.raise_compiler_error(
                'exchange_rates: the rates are not into ' ~ reporting ~ ', the var reporting_currency: ' ~ wrong
                ~ ': put rates into ' ~ reporting ~ ' in seeds/exchange_rates.csv, with 1 for itself, or set reporting_currency to '
                ~ (units | first or 'the currency that they are into')
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
