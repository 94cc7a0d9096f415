{# The doubled position of an event that matters to chains at a step; it is odd when a chain reaches the step, even when the
   event only breaks chains. The parity of the greatest mark so far tells whether a chain is still whole. #}
{% macro funnel_mark(step) -%}
    case
        when entry_{{ step }}_at is not null then position * 2 + 1
        when {{ has_step('breaks_steps', step) }} then position * 2
    end
{%- endmacro %}
