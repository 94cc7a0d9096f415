{# The signals that `int_decisions__recommendation_signals` has for each account, which recommendation rules may read. #}
{% macro decision_signals() -%}
    {{ return(churn_signals() + ['risk_score']) }}
{%- endmacro %}
