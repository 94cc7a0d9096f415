-- A Segment warehouse, as far as docs/existing-tables.md reads it
create schema segment;
create table segment.users (id text, email text, name text, received_at timestamptz, uuid_ts timestamptz);
create table segment.identifies (
    id text, anonymous_id text, user_id text, "timestamp" timestamptz, received_at timestamptz, uuid_ts timestamptz
);
create table segment.groups (
    id text, user_id text, group_id text, name text, industry text,
    "timestamp" timestamptz, received_at timestamptz, uuid_ts timestamptz
);
create table segment.tracks (
    id text, anonymous_id text, user_id text, event text, event_text text, context_library_name text,
    context_device_type text, "timestamp" timestamptz, received_at timestamptz, uuid_ts timestamptz
);
insert into segment.users select 'u' || n, 'u@example.com', 'U', '2024-04-01', '2024-04-01' from generate_series(1, 3) as n;
insert into segment.identifies values
    ('i1', 'd1', 'u1', '2024-01-08', '2024-01-08', '2024-04-01'), ('i2', 'd2', 'u2', '2024-01-09', '2024-01-09', '2024-04-01'),
    ('i3', 'd3', 'u3', '2024-01-11', '2024-01-11', '2024-04-01'), ('i4', 'd3', 'u3', '2024-01-12', '2024-01-12', '2024-04-01');
insert into segment.groups values
    ('g1', 'u1', 'cus_2', 'Old', null, '2024-01-08', '2024-01-08', '2024-04-01'),
    ('g2', 'u1', 'cus_1', 'New', 'retail', '2024-01-09', '2024-01-09', '2024-04-01'),
    ('g3', 'u2', 'cus_2', 'Two', 'media', '2024-01-10', '2024-01-10', '2024-04-01');
insert into segment.tracks
select id, device, person, 'file_opened', 'File Opened', 'analytics.js', null, cast(at as timestamptz), cast(at as timestamptz), '2024-04-01'
from (values
    ('t1', null, 'u1', '2024-01-10 10:00Z'), ('t2', null, 'u1', '2024-01-10 11:00Z'), ('t3', null, 'u2', '2024-01-10 12:00Z'),
    ('t4', 'd3', null, '2024-01-10 13:00Z'), ('t5', null, 'u1', '2024-01-11 10:00Z'), ('t6', 'd9', null, '2024-01-11 10:00Z'),
    ('t7', null, 'u3', '2024-03-31 10:00Z')
) as calls (id, device, person, at);
