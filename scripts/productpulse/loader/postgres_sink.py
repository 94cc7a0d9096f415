"""Loading into Postgres: COPY, in one transaction for the whole load."""

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg2.extensions import connection as Connection
from psycopg2.sql import SQL, Composed, Identifier, Literal

from productpulse.console import warn
from productpulse.database import first_line
from productpulse.errors import PulseError
from productpulse.loader.read import Key
from productpulse.loader.stamp import LOADS, REJECTED_ROWS, Known, Stamp, known
from productpulse.loader.types import INFINITY, TIMESTAMP
from productpulse.ownership import make_schema, marked, refuse_foreign, relations
from productpulse.raw_schema import Table, raw_tables
from productpulse.schemas import schema_of

# Number of the advisory lock for creating raw tables.
SCHEMA_LOCK = int.from_bytes(b"pp ddl", "big")
# A build reads the events of the latest loads, by the time in the form that staging uses. They are
# stored together, so that an index of a few kB finds them.
NEWEST = "create index events_loaded_at on {} using brin ((loaded_at at time zone 'UTC'))"

OUR_TABLE = ("table", True)


@contextmanager
def open_postgres(written: Collection[str] | None = None) -> Iterator["PostgresSink"]:
    """The database, locked for one load; everything not published is rolled back.

    `written`: the raw tables to be loaded, by default all. Raises PulseError when one of them is
    not ours, when another load or build runs, and for errors of Postgres.
    """
    from productpulse.database import LOADER, connect, database_url
    from productpulse.lock import hold

    url = database_url()
    try:
        with hold(url), closing(connect(url, LOADER)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(
                    "set timezone to 'UTC'; set datestyle to 'ISO, YMD'; set statement_timeout to"
                    " 0; set idle_in_transaction_session_timeout to 0; set client_encoding to"
                    " 'UTF8'"
                )
            ensure_raw_tables(connection, written)
            yield (sink := PostgresSink(connection))
            sink.analyze()
    except psycopg2.Error as error:
        raise PulseError(
            f"Postgres: {first_line(error)}: nothing was loaded; fix that and load again"
        ) from error


class PostgresSink:
    """An open transaction that COPYs into `raw` and `audit`."""

    name = "postgres"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._table: Table | None = None
        self._touched: set[str] = set()

    def known(self) -> dict[Key, Known]:
        """The files in `audit.loads`; the first entry where other tools loaded a file twice."""
        self._cursor.execute(
            "select table_name, content_hash, load_id, loaded_at, loaded_rows, column_names,"
            f" complete_until from {schema_of('audit')}.loads order by loaded_at desc, load_id desc"
        )
        return {(table, content): known(*told) for table, content, *told in self._cursor.fetchall()}

    def origins(self) -> set[str]:
        """The origins in audit.loads; own where it names none, or where others wrote rows."""
        self._cursor.execute(
            f"select distinct coalesce(origin, 'own') from {schema_of('audit')}.loads"
        )
        if found := {origin for (origin,) in self._cursor.fetchall()}:
            return found
        filled = SQL(" or ").join(
            SQL("exists (select from {})").format(Identifier(schema_of("raw"), name))
            for name in raw_tables()
        )
        self._cursor.execute(SQL("select {}").format(filled))
        return {"own"} if self._cursor.fetchall() == [(True,)] else set()

    def begin(self, table: Table, stamp: Stamp) -> None:
        """Begin a file; PulseError when its table is a view of another relation."""
        self._table = table
        name = f"{schema_of('raw')}.{table.name}"
        self._cursor.execute("select relkind from pg_class where oid = to_regclass(%s)", [name])
        if self._cursor.fetchall() == [("v",)]:
            raise PulseError(
                f"{name} is a view of another relation (see `sources`): nothing was loaded; "
                f"remove {table.name} from the folder, or from `sources` and build"
            )
        self._cursor.execute("savepoint file")

    def write(self, rows: pa.Table, rejected: pa.Table) -> None:
        """COPY both."""
        assert self._table
        self._copy(schema_of("raw"), self._table.name, rows)
        self._copy(schema_of("audit"), REJECTED_ROWS.name, rejected)

    def keep(self, ledger: pa.Table) -> None:
        """Write the ledger row."""
        assert self._table
        self._copy(schema_of("audit"), LOADS.name, ledger)
        self._cursor.execute("release savepoint file")
        self._touched.add(self._table.name)

    def drop(self) -> None:
        """Go back to where the file began."""
        self._cursor.execute("rollback to savepoint file")

    def tell(self, keys: Collection[Key], complete_until: str) -> None:
        """Update the ledger rows of the files that do not say it yet."""
        for table, content in keys:
            self._cursor.execute(
                f"update {schema_of('audit')}.loads set complete_until = %s where table_name = %s"
                " and content_hash = %s and complete_until is distinct from %s",
                (complete_until, table, content, complete_until),
            )

    def publish(self) -> None:
        """Commit."""
        try:
            self._connection.commit()
        except psycopg2.OperationalError as error:
            raise PulseError(
                f"Postgres: {first_line(error)}: it is not known whether all or nothing was loaded;"
                " load again, nothing is loaded twice"
            ) from error

    def analyze(self) -> None:
        """Update statistics and indexes of the tables that have grown, after the transaction."""
        try:
            self._connection.rollback()
            self._connection.autocommit = True
            for name in sorted(self._touched):
                self._cursor.execute(
                    SQL("vacuum (analyze) {}").format(Identifier(schema_of("raw"), name))
                )
        except psycopg2.Error as error:
            warn(
                f"everything is loaded, but Postgres did not gather statistics: {first_line(error)}"
            )

    def _copy(self, schema: str, table: str, rows: pa.Table) -> None:
        if rows.num_rows:
            statement = SQL("copy {} ({}) from stdin (format csv, encoding 'UTF8')").format(
                Identifier(schema, table),
                SQL(", ").join(Identifier(name) for name in rows.column_names),
            )
            self._cursor.copy_expert(statement, BytesIO(copy_text(rows)), size=1 << 20)


def copy_text(rows: pa.Table) -> pa.Buffer:
    """`rows` as COPY's CSV reads them in a session in UTC: text quoted, null as nothing."""
    for at, field in enumerate(rows.schema):
        if field.type == TIMESTAMP:
            rows = rows.set_column(at, field.name, _in_utc(rows.column(at)))
    out = pa.BufferOutputStream()
    options = pa.csv.WriteOptions(include_header=False, quoting_style="needed", batch_size=1 << 14)
    pa.csv.write_csv(rows, out, options)
    return out.getvalue()


def _in_utc(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Timestamps without a zone, which are twenty times faster to write; infinities in words."""
    naive = times.cast(pa.timestamp("us"))
    ticks = times.cast(pa.int64())
    for tick, word in ((INFINITY, "infinity"), (-INFINITY, "-infinity")):
        is_endless = pc.equal(ticks, tick)
        if pc.any(is_endless).as_py():
            naive = pc.if_else(is_endless, word, naive.cast(pa.string()))
    return naive


def ensure_raw_tables(connection: Connection, written: Collection[str] | None = None) -> None:
    """Make the schemas and tables of the raw schema, and the columns that an older table lacks;
    commits.

    It has its own transaction, so that a load holds no lock that readers wait for. Where everything
    exists it changes nothing and needs no rights to do so. A relation that is not ours is left as
    it is; when it is among those `written` (by default all), raises PulseError before any change.
    """
    raw, audit = schema_of("raw"), schema_of("audit")
    wanted = [(raw, table) for table in raw_tables().values()]
    wanted += [(audit, LOADS), (audit, REJECTED_ROWS)]
    to_write = {
        (schema, table.name)
        for schema, table in wanted
        if written is None or schema == audit or table.name in written
    }
    with connection.cursor() as cursor:
        cursor.execute(f"select pg_advisory_xact_lock({SCHEMA_LOCK})")
        refuse_foreign(cursor, to_write)
        cursor.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema in %s",
            [(raw, audit)],
        )
        existing: dict[tuple[str, str], set[str]] = {}
        for schema, table, column in cursor.fetchall():
            existing.setdefault((schema, table), set()).add(column)
        for schema in (raw, audit):
            make_schema(cursor, schema)
        there = relations(cursor, (raw, audit))
        for schema, table in wanted:
            if there.get((schema, table.name), OUR_TABLE) == OUR_TABLE:
                present = existing.get((schema, table.name))
                for statement in _statements(schema, table, present):
                    cursor.execute(statement)
    connection.commit()


def _statements(schema: str, table: Table, present: set[str] | None) -> list[Composed]:
    columns: list[Any] = [
        SQL("{} " + column.data_type).format(Identifier(column.name))
        for column in table.columns
        if column.name not in (present or ())
    ]
    name = Identifier(schema, table.name)
    if present is None:
        create = [SQL("create table {} ({})").format(name, SQL(", ").join(columns))]
        create.append(
            SQL("comment on table {} is {}").format(name, Literal(marked(table.description)))
        )
        return create + ([SQL(NEWEST).format(name)] if table.name == "events" else [])
    return [SQL("alter table {} add column {}").format(name, column) for column in columns]
