-- Stripe as Fivetran syncs it, as far as docs/existing-tables.md reads it
create schema stripe;
create table stripe.customer (id text, name text, email text, address_country text, created timestamptz, _fivetran_synced timestamptz);
create table stripe.subscription_history (
    id text, customer_id text, status text, created timestamptz, start_date timestamptz, trial_start timestamptz,
    trial_end timestamptz, canceled_at timestamptz, ended_at timestamptz, current_period_start timestamptz,
    _fivetran_active boolean, _fivetran_synced timestamptz
);
create table stripe.subscription_item (id text, subscription_id text, plan_id text, quantity int);
create table stripe.price (
    id text, product_id text, currency text, unit_amount int, recurring_interval text, recurring_interval_count int
);
create table stripe.invoice (
    id text, subscription_id text, customer_id text, created timestamptz, due_date timestamptz, amount_due int, currency text,
    status text, is_deleted boolean, _fivetran_synced timestamptz
);
create table stripe.invoice_line_item (
    invoice_id text, type text, proration boolean, period_start timestamptz, period_end timestamptz
);
create table stripe.charge (
    id text, invoice_id text, created timestamptz, status text, amount int, currency text, failure_code text,
    _fivetran_synced timestamptz
);
create table stripe.refund (
    id text, charge_id text, created timestamptz, status text, amount int, currency text, _fivetran_synced timestamptz
);
insert into stripe.customer select 'cus_' || n, 'C' || n, null, 'DE', '2024-01-01', '2024-04-01' from generate_series(1, 5) as n;
insert into stripe.price values
    ('basic', 'basic', 'usd', 1000, 'month', 1), ('pro', 'pro', 'usd', 12000, 'year', 1), ('two', 'two', 'usd', 3000, 'month', 2),
    ('half', 'half', 'usd', 6000, 'month', 6), ('metered', 'basic', 'usd', null, 'month', 1);
insert into stripe.subscription_history values
    ('s1', 'cus_1', 'active', '2024-01-05', '2024-01-05', null, null, null, null, '2024-03-05', true, '2024-04-01'),
    ('s1', 'cus_1', 'trialing', '2024-01-05', '2024-01-05', null, null, null, null, '2024-01-05', false, '2024-04-01'),
    ('s2', 'cus_2', 'active', '2024-01-01', '2024-01-01', '2024-01-01', '2024-01-15', null, null, '2024-01-15', true, '2024-04-01'),
    ('s3', 'cus_3', 'canceled', '2024-01-10', '2024-01-10', null, null, '2024-01-20', '2024-02-10', '2024-01-10', true, '2024-04-01'),
    ('s4', 'cus_4', 'incomplete', '2024-01-10', '2024-01-10', null, null, null, null, '2024-01-10', true, '2024-04-01'),
    ('s5', 'cus_4', 'past_due', '2024-01-01', '2024-01-01', null, null, null, null, '2024-02-01', true, '2024-04-01'),
    ('s6', 'cus_5', 'canceled', '2024-01-01', '2024-01-01', '2024-01-01', '2024-01-31', '2024-01-09', '2024-01-09', '2024-01-01', true, '2024-04-01');
insert into stripe.subscription_item values
    ('i1', 's1', 'basic', 3), ('i2', 's2', 'pro', 1), ('i3', 's3', 'basic', 2), ('i4', 's3', 'two', 1), ('i5', 's4', 'basic', 1),
    ('i6', 's5', 'half', 1), ('i7', 's6', 'basic', 1), ('i8', 's3', 'metered', 1);
insert into stripe.invoice values
    ('in1', 's1', 'cus_1', '2024-01-05', null, 3000, 'usd', 'paid', null, '2024-04-01'),
    ('in2', 's5', 'cus_4', '2024-02-01', '2024-02-08', 6000, 'usd', 'open', false, '2024-04-01'),
    ('in3', 's5', 'cus_4', '2024-02-01', null, 6000, 'usd', 'draft', true, '2024-04-01');
insert into stripe.invoice_line_item values
    ('in1', 'subscription', false, '2024-01-05', '2024-02-05'), ('in1', 'invoiceitem', false, '2023-01-05', '2024-02-05');
insert into stripe.charge values
    ('ch1', 'in1', '2024-01-05', 'succeeded', 3000, 'usd', null, '2024-04-01'),
    ('ch2', 'in2', '2024-02-01', 'failed', 6000, 'usd', 'card_declined', '2024-04-01');
insert into stripe.refund values
    ('re1', 'ch1', '2024-01-20', 'succeeded', 500, 'usd', '2024-04-01'), ('re2', 'ch1', '2024-01-21', 'canceled', 100, 'usd', '2024-04-01');
