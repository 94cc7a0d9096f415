"""What is ours in a Postgres that others use too.

The comment on each relation and schema that we make ends with a mark, which survives dump and
restore. An object without it is not ours: it is never altered, replaced or dropped.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from productpulse.errors import PulseError
from productpulse.schemas import VARIABLE

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

# As in macros/cross_db/mark.sql.
MARK = "made by productpulse"
KINDS = {"v": "view", "m": "materialized view", "f": "foreign table"}

Name = tuple[str, str]  # schema, relation


def marked(description: str = "") -> str:
    """A description as a comment with the mark."""
    return f"{description}\n{MARK}".strip()


def unmarked(comment: str) -> str:
    """The description in a comment that may have the mark."""
    return comment.removesuffix(MARK).strip()


def relations(cursor: "Cursor", schemas: Iterable[str]) -> dict[Name, tuple[str, bool]]:
    """The relations in some schemas: their kind in Postgres, and whether they are ours."""
    # The mark is a separate line: a sentence of someone else may end with the same words.
    line = f"\n{MARK}"
    cursor.execute(
        "select n.nspname, c.relname, c.relkind::text,"
        " c.relkind in ('r', 'v')"
        " and coalesce(right(E'\\n' || obj_description(c.oid, 'pg_class'), %s) = %s, false)"
        " from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = any(%s) and c.relkind in ('r', 'v', 'm', 'f', 'p') order by 1, 2",
        [len(line), line, list(schemas)],
    )
    return {
        (schema, name): (KINDS.get(kind, "table"), is_ours)
        for schema, name, kind, is_ours in cursor.fetchall()
    }


def refuse_foreign(cursor: "Cursor", names: Iterable[Name]) -> None:
    """Raise PulseError when one of the relations exists and is not ours."""
    wanted = set(names)
    found = relations(cursor, {schema for schema, _ in wanted})
    foreign = [name for name, (_, is_ours) in found.items() if name in wanted and not is_ours]
    if foreign:
        relation, kind = ".".join(foreign[0]), found[foreign[0]][0]
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise PulseError(
            f"{relation}{more}: not made by productpulse, which would write to it: nothing was"
            f" changed; set {VARIABLE}, such as pulse_, to work beside it; or, if an older version"
            f" made it, run: comment on {kind} {relation} is '{MARK}'"
        )


def make_schema(cursor: "Cursor", name: str) -> None:
    """Create a schema of ours; an existing one is left as it is."""
    cursor.execute("select to_regnamespace(%s) is null", [name])
    if cursor.fetchall() == [(True,)]:
        cursor.execute(f"create schema {name}")
        cursor.execute(f"comment on schema {name} is %s", [MARK])
