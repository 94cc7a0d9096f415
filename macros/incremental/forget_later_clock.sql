{# After the clock was read: when it is earlier than before, forget all builds. A later clock is normal. #}
{% macro forget_later_clock() -%}
    delete from {{ schema_of('audit') }}.incremental_builds
    where (
        select max(seen_at) from {{ schema_of('audit') }}.incremental_builds where model_name = '{{ model.name }}'
    ) > (select latest_at from {{ this }});
    insert into {{ schema_of('audit') }}.incremental_builds (model_name, built_at, is_full, seen_at)
    select '{{ model.name }}', {{ build_time() }}, true, latest_at from {{ this }}
{%- endmacro %}
