"""Read what was built, and write what was learned into its own schema."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pandas as pd
import psycopg2.errors
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from productpulse.console import notice, warn
from productpulse.database import LEARNER, connect, database_url
from productpulse.errors import NOT_BUILT, PulseError
from productpulse.learning.tables import Table, conform
from productpulse.lock import hold
from productpulse.ownership import MARK, make_schema, marked, refuse_foreign, relations
from productpulse.reporter import ROLE
from productpulse.schemas import schema_of

Learned = list[tuple[Table, pd.DataFrame]]


@contextmanager
def open_store() -> Iterator[Connection]:
    """A connection to the database during which nothing is loaded or built.

    Raises PulseError when a load or build runs.
    """
    url = database_url()
    with hold(url), closing(connect(url, LEARNER)) as connection:
        with connection, connection.cursor() as cursor:
            # Learning takes long, and the connection is idle between reading and writing.
            cursor.execute("set idle_session_timeout to 0; set statement_timeout to 0")
        yield connection


def read(connection: Connection, query: str) -> pd.DataFrame:
    """The rows of a query over the marts. Raises PulseError before the first build."""
    with connection, connection.cursor() as cursor:
        try:
            cursor.execute(query)
        except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName) as error:
            raise PulseError(NOT_BUILT) from error
        names = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names)


def write(connection: Connection, learned: Learned) -> None:
    """Replace the rows of tables of the schema `learning`: all tables or none.

    Readers see the old rows until the end. Raises PulseError when rows are not what their table
    declares, when a table is not ours, and when others depend on a table with older columns.
    """
    learned = [(table, conform(table, rows)) for table, rows in learned]
    schema = schema_of("learning")
    with connection, connection.cursor() as cursor:
        refuse_foreign(cursor, [(schema, table.name) for table, _ in learned])
        make_schema(cursor, schema)
        for table, rows in learned:
            _make(cursor, schema, table)
            cursor.execute(f"delete from {schema}.{table.name}")
            values = rows.astype(object).where(rows.notna(), None).to_numpy().tolist()
            names = ", ".join(table.columns)
            execute_values(cursor, f"insert into {schema}.{table.name} ({names}) values %s", values)
        _let_reporter_read(cursor, schema, [table.name for table, _ in learned])
        for table, _ in learned:
            _drop_from_marts(cursor, table.name)


def _make(cursor: Cursor, schema: str, table: Table) -> None:
    """Create a table; one of an earlier version with other columns is replaced."""
    relation = f"{schema}.{table.name}"
    declared = {name: column.data_type for name, column in table.columns.items()}
    cursor.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = %s and table_name = %s order by ordinal_position",
        [schema, table.name],
    )
    there = dict(cursor.fetchall())
    if there and list(there.items()) != list(declared.items()):
        _drop(cursor, relation)
        there = {}
    if not there:
        columns = [
            f"{name} {column.data_type}{'' if column.may_be_null else ' not null'}"
            for name, column in table.columns.items()
        ]
        columns.append(f"primary key ({', '.join(table.key)})")
        cursor.execute(f"create table {relation} ({', '.join(columns)})")
    cursor.execute(f"comment on table {relation} is %s", [marked(table.description)])
    for name, column in table.columns.items():
        cursor.execute(f"comment on column {relation}.{name} is %s", [column.description])


def _drop(cursor: Cursor, relation: str) -> None:
    try:
        cursor.execute(f"drop table {relation}")
    except psycopg2.errors.DependentObjectsStillExist as error:
        raise PulseError(
            f"{relation} has the columns of an older version, and others depend on it"
            f" ({'; '.join((error.diag.message_detail or '').splitlines())}): drop those first"
        ) from error


def _let_reporter_read(cursor: Cursor, schema: str, names: list[str]) -> None:
    cursor.execute(
        "select coalesce(obj_description(to_regnamespace(%s), 'pg_namespace') = %s, false),"
        " has_schema_privilege(rolname, %s, 'usage') from pg_roles where rolname = %s",
        [schema, MARK, schema, ROLE],
    )
    for is_ours, may_use in cursor.fetchall():
        usage = f"grant usage on schema {schema} to {ROLE}"
        if is_ours:
            cursor.execute(usage)
        elif not may_use:
            notice(
                f"the schema {schema} was there before, so that its rights stay as they are; its"
                f" owner says: {usage};"
            )
        for name in names:
            cursor.execute(f"grant select on {schema}.{name} to {ROLE}")


def _drop_from_marts(cursor: Cursor, name: str) -> None:
    """Drop a table that an earlier version wrote into the marts, unless others depend on it."""
    schema = schema_of("marts")
    if relations(cursor, [schema]).get((schema, name)) != ("table", True):
        return
    cursor.execute("savepoint before")
    try:
        _drop(cursor, f"{schema}.{name}")
    except PulseError as error:
        cursor.execute("rollback to savepoint before")
        warn(f"{error}; it is no longer updated: use {schema_of('learning')}.{name}")
