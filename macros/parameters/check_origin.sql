{# Data of one's own and the demo company never meet. With the demo's seeds, all that is loaded must be the simulator's; and
   beside what the simulator made, nothing is read from relations of one's own. What no ledger tells of is one's own. #}
{% macro check_origin() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'snapshot') -%}
        {%- do refuse_mixing() -%}
    {%- endif -%}
{%- endmacro %}

{% macro refuse_mixing() -%}
    {%- if mapped_sources() and holds_simulated_data() -%}
        {{ exceptions.raise_compiler_error(
            "sources: relations of your own would be read beside the simulated company that is loaded, and the two never mix: "
            ~ "remove that by productpulse reset-demo, or take sources out of the settings"
        ) }}
    {%- elif checked_var('seeds_of') == 'demo' and holds_own_data() -%}
        {{ exceptions.raise_compiler_error(
            "data of your own would be read by the demo company's seeds: make a folder with seeds of your own by "
            ~ "productpulse init DIR, and in it eval \"$(productpulse env)\" before dbt; or remove the data by "
            ~ "productpulse reset"
        ) }}
    {%- endif -%}
{%- endmacro %}

{% macro holds_simulated_data() -%}
    {{ return(run_query(
        "select count(*) from " ~ schema_of('audit') ~ ".loads where origin = 'simulated'"
    ).columns[0].values()[0] > 0) }}
{%- endmacro %}

{% macro holds_own_data() -%}
    {%- set found = {} -%}
    {%- for node in graph.sources.values() -%}
        {%- do found.update({node.name: node.relation_name}) -%}
    {%- endfor -%}
    {%- set own = "select 1 as found from " ~ found.loads ~ " where coalesce(origin, 'own') = 'own'" -%}
    {%- set untold = "select 1 as found from " ~ found.users ~ " where not exists (select 1 from " ~ found.loads ~ ")" -%}
    {{ return(run_query(
        "select count(*) from (select * from (" ~ own ~ " union all " ~ untold ~ ") as all_found limit 1) as one_found"
    ).columns[0].values()[0] > 0) }}
{%- endmacro %}
