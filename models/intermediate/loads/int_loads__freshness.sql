{%- set tables = [
    ('accounts', ref('stg_app__accounts'), 'created_at'),
    ('users', ref('stg_app__users'), 'created_at'),
    ('user_aliases', ref('stg_app__user_aliases'), 'linked_at'),
    ('subscriptions', ref('stg_billing__subscriptions'), 'created_at'),
    ('subscription_changes', ref('stg_billing__subscription_changes'), 'changed_at'),
    ('invoices', ref('stg_billing__invoices'), 'issued_at'),
    ('invoice_lines', ref('stg_billing__invoice_lines'), 'issued_at'),
    ('payments', ref('stg_billing__payments'), 'attempted_at'),
    ('support_tickets', ref('stg_support__support_tickets'), 'opened_at'),
    ('nps_responses', ref('stg_feedback__nps_responses'), 'responded_at'),
    ('experiment_assignments', ref('stg_experiments__experiment_assignments'), 'assigned_at'),
] -%}

with final as (
    {%- for table_name, relation, happened_at in tables %}
    select
        '{{ table_name }}' as table_name,
        count(*) as accepted_rows,
        max({{ happened_at }}) as last_happened_at,
        cast(null as timestamp) as last_received_at,
        max(loaded_at) as last_loaded_at
    from {{ relation }}

    union all
    {% endfor %}
    select
        'events' as table_name,
        count(*) as accepted_rows,
        max(occurred_at) as last_happened_at,
        max(received_at) as last_received_at,
        max(loaded_at) as last_loaded_at
    from {{ ref('int_activity__events') }}
)

select * from final
