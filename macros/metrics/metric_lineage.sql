{# For each mart with metrics everything that it is made of, from dbt's own graph: mart, node, layer, how many steps behind the
   mart the node first stands (0 is the mart itself), and the node that uses it there. #}
{% macro metric_lineage() -%}
    {%- set rows = [] -%}
    {%- for mart in metric_catalogue() | map(attribute='mart') | unique | sort -%}
        {%- set depths = {'model.productpulse.' ~ mart: 0} -%}
        {%- set users = {} -%}
        {%- set found = ['model.productpulse.' ~ mart] -%}
        {#- the list grows during the loop; what is nearer comes first -#}
        {%- for id in found -%}
            {%- set node = graph.nodes.get(id) or graph.sources[id] -%}
            {%- set is_raw = node.resource_type == 'source' -%}
            {%- set layer = 'raw' if is_raw else 'reference' if node.resource_type == 'seed' else node.fqn[1] -%}
            {%- do rows.append({'mart': mart, 'node': node.name, 'layer': layer, 'depth': depths[id], 'used_by': users.get(id, '')}) -%}
            {%- for parent in ([] if is_raw else node.depends_on.nodes) | sort if parent not in depths -%}
                {%- do depths.update({parent: depths[id] + 1}) -%}
                {%- do users.update({parent: node.name}) -%}
                {%- do found.append(parent) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(rows) }}
{%- endmacro %}
