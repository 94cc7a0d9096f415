{# Before a table of rules is read: check that each rule has its own id and an owner and, when rules compare signals, a known
   signal, a known operator and a threshold. A wrong rule stops the build with a line that names it and says what would
   be right.
     signals  those that a rule may read; none when rules are not about signals #}
{% macro check_rules(seed, signals=none) -%}
    {%- if execute -%}
        {%- set ids = [] -%}
        {%- for row in run_query('select * from ' ~ ref(seed) ~ ' order by rule_id').rows -%}
            {%- set wrong = namespace(text=none) -%}
            {%- if row['rule_id'] is none -%}
                {%- set wrong.text = 'it has no rule_id' -%}
            {%- elif row['rule_id'] in ids -%}
                {%- set wrong.text = 'two rules have this rule_id' -%}
            {%- elif row['owner'] is none -%}
                {%- set wrong.text = 'it has no owner' -%}
            {%- elif signals and row['signal'] not in signals -%}
                {%- set wrong.text = "there is no signal '" ~ row['signal'] ~ "', there are " ~ signals | join(', ') -%}
            {%- elif signals and row['operator'] not in rule_operators() -%}
                {%- set wrong.text = "there is no operator '" ~ row['operator'] ~ "', there are " ~ rule_operators() | join(', ') -%}
            {%- elif signals and row['threshold'] is none -%}
                {%- set wrong.text = 'it has no threshold' -%}
            {%- endif -%}
            {%- if wrong.text is not none -%}
                {{ exceptions.raise_compiler_error(seed ~ ', rule ' ~ row['rule_id'] ~ ': ' ~ wrong.text) }}
            {%- endif -%}
            {%- do ids.append(row['rule_id']) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
