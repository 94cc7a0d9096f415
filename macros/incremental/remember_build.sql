{# Record that the model was built, in the transaction that wrote its rows, so that a killed build leaves both or none. The
   columns are those of `prepare_incremental_builds`; a build that changed nothing is not recorded.
     seen_at, seen_rows, has_changed  expressions #}
{% macro remember_build(is_full=none, seen_at='null', seen_rows='null', has_changed='true') -%}
    {%- if execute -%}
        {%- set is_full = not is_incremental() if is_full is none else is_full -%}
        insert into {{ schema_of('audit') }}.incremental_builds (model_name, built_at, is_full, fingerprint, seen_at, seen_rows)
        select '{{ model.name }}', {{ build_time() }}, {{ is_full }}, '{{ fingerprint() }}', {{ seen_at }}, {{ seen_rows }}
        where {{ is_full }} or {{ has_changed }}
    {%- endif -%}
{%- endmacro %}
