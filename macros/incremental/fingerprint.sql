{# What the rows of an incremental model depend on besides the rows of its inputs: its SQL and the SQL of the views before it,
   the parameters that these use, the relations they are read from, and the contents of the reference tables that it reads. The
   as-of date and the values it is derived from are left out, because they change daily and models that depend on them handle
   that themselves. #}
{% macro fingerprint() -%}
    {%- set parts = [] -%}
    {%- for name in ['sources'] + vars_of_rows().get(model.name, []) -%}
        {%- do parts.append(name ~ '=' ~ checked_var(name)) -%}
    {%- endfor -%}
    {%- set nodes = [model.unique_id] -%}
    {%- for id in nodes if id in graph.nodes -%}
        {%- set node = graph.nodes[id] -%}
        {%- if node.resource_type == 'seed' -%}
            {%- set rows = run_query('select * from ' ~ node.relation_name).rows -%}
            {%- do parts.append(rows | map('string') | sort | join('\n')) -%}
        {%- else -%}
            {%- do parts.append(node.checksum.checksum) -%}
            {#- the list grows during the loop -#}
            {%- for parent in node.depends_on.nodes if parent not in nodes and not is_remembered(parent) -%}
                {%- do nodes.append(parent) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{% macro is_remembered(id) -%}
    {{ return(id in graph.nodes and graph.nodes[id].config.materialized == 'incremental') }}
{%- endmacro %}
