{# Of an event the place, doubled, where it matters to chains that stand at a step: odd when a chain gets there, even
   when it only breaks. The greatest up to an event says by its parity whether a chain is still whole. #}
{% macro funnel_mark(step) -%}
    case
        when entry_{{ step }}_at is not null then position * 2 + 1
        when {{ has_step('breaks_steps', step) }} then position * 2
    end
{%- endmacro %}
