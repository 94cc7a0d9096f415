"""The contents of a database, so that two moments can be compared."""

from contextlib import closing

from sqlalchemy import URL

from productpulse.database import connect

# One row per object: its name, and everything about it that can be set.
OBJECTS = """
select
    n.nspname || '.' || c.relname,
    c.oid,
    c.relkind,
    c.relowner::regrole,
    c.relacl,
    c.reloptions,
    obj_description(c.oid, 'pg_class'),
    case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
    (
        select array_agg(
            (a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl, a.attoptions,
                col_description(c.oid, a.attnum), pg_get_expr(d.adbin, d.adrelid))::text
            order by a.attnum
        )
        from pg_attribute as a
        left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ),
    (
        select array_agg((conname, pg_get_constraintdef(oid))::text order by conname)
        from pg_constraint where conrelid = c.oid
    ),
    (
        select array_agg(pg_get_indexdef(indexrelid) order by 1)
        from pg_index where indrelid = c.oid
    )
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm', 'p', 'f', 'c', 'S') and {ours}
"""
SCHEMAS = """
select n.nspname, n.oid, n.nspowner::regrole, n.nspacl, obj_description(n.oid, 'pg_namespace')
from pg_namespace as n where {ours}
"""
FUNCTIONS = """
select n.nspname || '.' || p.proname || '()', p.oid, pg_get_functiondef(p.oid), p.proacl
from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace where {ours}
"""
DOMAINS = """
select n.nspname || '.' || t.typname, t.oid, format_type(t.typbasetype, t.typtypmod), t.typacl
from pg_type as t inner join pg_namespace as n on n.oid = t.typnamespace
where t.typtype = 'd' and {ours}
"""
NOT_POSTGRES = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_t'"
ROWS = "select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from {} as t"


def catalogue(url: URL) -> dict[str, str]:
    """Every schema, relation, function and domain by name, with its settings and its rows."""
    found = {}
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for query in (SCHEMAS, OBJECTS, FUNCTIONS, DOMAINS):
            cursor.execute(query.format(ours=NOT_POSTGRES))
            for name, *told in cursor.fetchall():
                found[name] = repr(told)
                if query == OBJECTS and told[1] not in "cS":
                    cursor.execute(ROWS.format(name))
                    found[name] += repr(cursor.fetchall())
    return found
