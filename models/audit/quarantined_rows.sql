{%- set classified_tables = [
    ('accounts', ref('base_app__accounts'), ['account_id'], 'created_at'),
    ('users', ref('base_app__users'), ['user_id'], 'created_at'),
    ('events', ref('int_activity__classified_events'), ['event_id'], 'occurred_at'),
    ('user_aliases', ref('base_app__user_aliases'), ['anonymous_id', 'user_id'], 'linked_at'),
    ('subscriptions', ref('base_billing__subscriptions'), ['subscription_id'], 'created_at'),
    ('subscription_changes', ref('base_billing__subscription_changes'), ['change_id'], 'changed_at'),
    ('invoices', ref('base_billing__invoices'), ['invoice_id'], 'issued_at'),
    ('invoice_lines', ref('base_billing__invoice_lines'), ['line_id'], 'issued_at'),
    ('payments', ref('base_billing__payments'), ['payment_id'], 'attempted_at'),
    ('support_tickets', ref('base_support__support_tickets'), ['ticket_id'], 'opened_at'),
    ('nps_responses', ref('base_feedback__nps_responses'), ['response_id'], 'responded_at'),
    ('experiment_assignments', ref('base_experiments__experiment_assignments'), ['experiment_id', 'user_id', 'variant'], 'assigned_at'),
] -%}

{%- for table_name, relation, key, happened_at in classified_tables %}
select
    '{{ table_name }}' as table_name,
    {{ key | join(" || ' / ' || ") }} as row_key,
    row_status,
    coalesce(rejection_reason, 'duplicate_key') as reason,
    load_id,
    {{ happened_at }} as happened_at
from {{ relation }}
where row_status <> 'accepted'
{% if not loop.last %}union all{% endif %}
{%- endfor %}
