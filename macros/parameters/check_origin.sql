{# Your own data and the demo company must never meet. With the demo's seeds, all loaded data must come from the simulator; and
   when simulated data are loaded, your own relations are not read. Data without a ledger entry count as your own. #}
{% macro check_origin() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'snapshot') -%}
        {%- do refuse_mixing() -%}
    {%- endif -%}
{%- endmacro %}

{% macro refuse_mixing() -%}
    {%- if mapped_sources() and holds_simulated_data() -%}
        {{ exceptions.raise_compiler_error(
            "sources: your own relations would be read beside the simulated company that is loaded, and the two never mix: "
            ~ "remove the simulated data with `productpulse reset-demo`, or remove sources from the settings"
        ) }}
    {%- elif checked_var('seeds_of') == 'demo' and holds_own_data() -%}
        {{ exceptions.raise_compiler_error(
            "your own data would be read with the demo company's seeds: make a folder with your own seeds with "
            ~ "`productpulse init DIR`, and run eval \"$(productpulse env)\" in it before dbt; or remove the data with "
            ~ "`productpulse reset`"
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
