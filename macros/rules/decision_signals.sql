{# What `int_decisions__recommendation_signals` knows of each account, and recommendation rules may look at. #}
{% macro decision_signals() -%}
    {{ return(churn_signals() + ['risk_score']) }}
{%- endmacro %}
