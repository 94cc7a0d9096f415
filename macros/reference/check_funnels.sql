{# Before funnels and their steps are read: check that each funnel has an existing profile and no more steps than can be
   counted. A wrong funnel stops the build with a line that names it and says what would be right. #}
{% macro check_funnel_profiles() -%}
    {%- if execute -%}
        {%- set profiles = run_query('select profile from ' ~ ref('funnel_profiles') ~ ' order by profile').columns[0].values() -%}
        {%- for row in run_query('select * from ' ~ ref('funnels') ~ ' order by funnel_id').rows -%}
            {%- set profile = row['profile'] or default_funnel_profile() -%}
            {%- if profile not in profiles -%}
                {{ exceptions.raise_compiler_error(
                    "funnels, funnel " ~ row['funnel_id'] ~ ": there is no profile '" ~ profile ~ "', there are " ~ profiles | join(', ')
                ) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_funnel_steps() -%}
    {%- if execute -%}
        {%- set counted = 'select funnel_id, count(*) as steps from ' ~ ref('funnel_steps') ~ ' group by funnel_id order by funnel_id' -%}
        {%- for row in run_query(counted).rows if row['steps'] > funnel_max_steps() -%}
            {{ exceptions.raise_compiler_error(
                'funnel_steps, funnel ' ~ row['funnel_id'] ~ ': it has ' ~ row['steps'] ~ ' steps, and at most ' ~ funnel_max_steps()
                ~ ' are allowed: remove some, or make two funnels of it'
            ) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
