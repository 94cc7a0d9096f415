"""Read what was built, and write what was learned beside it."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pandas as pd
import psycopg2
import psycopg2.errors
from psycopg2.extras import execute_values

from productpulse.database import connect
from productpulse.errors import PulseError
from productpulse.ownership import marked, refuse_foreign
from productpulse.schemas import schema_of

TYPES = {"i": "bigint", "f": "double precision", "O": "text", "U": "text"}


def read(query: str) -> pd.DataFrame:
    """The rows of a query over the marts. Raises PulseError before the first build."""
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        try:
            cursor.execute(query)
        except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName) as error:
            raise PulseError("nothing is built yet: run `productpulse build`") from error
        names = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names)


@dataclass(frozen=True)
class Table:
    """What one row is, what each column is, and the rows, with just these columns."""

    description: str
    columns: dict[str, str]
    rows: pd.DataFrame


def write(tables: dict[str, Table]) -> None:
    """Replace tables of the schema marts, each by name; all or none.

    A view that somebody has on one stays. Raises PulseError when a table is not ours.
    """
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        refuse_foreign(cursor, [(schema_of("marts"), name) for name in tables])
        for name, table in tables.items():
            relation = f"{schema_of('marts')}.{name}"
            frame = table.rows[list(table.columns)]
            columns = [f"{column} {_type(frame[column])}" for column in frame]
            cursor.execute("savepoint before")
            try:
                cursor.execute(f"drop table if exists {relation}")
                cursor.execute(f"create table {relation} ({', '.join(columns)})")
            except psycopg2.errors.DependentObjectsStillExist:
                cursor.execute("rollback to savepoint before")
                cursor.execute(f"truncate only {relation}")
            cursor.execute(f"comment on table {relation} is %s", (marked(table.description),))
            for column, meaning in table.columns.items():
                cursor.execute(f"comment on column {relation}.{column} is %s", (meaning,))
            rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
            names = ", ".join(table.columns)
            execute_values(cursor, f"insert into {relation} ({names}) values %s", rows)
            cursor.execute("select exists (select from pg_roles where rolname = 'pulse_reporter')")
            if cursor.fetchall()[0][0]:
                cursor.execute(f"grant select on {relation} to pulse_reporter")


def _type(values: "pd.Series[Any]") -> str:
    first = values.iloc[0] if len(values) else None
    return "date" if type(first).__name__ == "date" else TYPES[values.dtype.kind]
