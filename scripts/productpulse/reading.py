"""A cursor that can read the marts and nothing else: by its role, its transaction and a timeout."""

import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg2
import psycopg2.errors
from sqlalchemy import URL

from productpulse.database import connect, database_url, first_line, is_external
from productpulse.errors import NOT_BUILT, PulseError
from productpulse.reporter import ROLE, address
from productpulse.schemas import schema_of

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

# An agent, or a reader of the dashboard, may ask for several things at once.
_slots = threading.BoundedSemaphore(4)


@contextmanager
def reading(
    timeout_seconds: int, program: str = "productpulse mcp", is_one_state: bool = False
) -> Iterator["Cursor"]:
    """A cursor of the reporter in a transaction that cannot write.

    `program` is who reads, for the server and for stderr. With `is_one_state` all queries see the
    database as it was at the first.

    Raises PulseError, also inside the block, with one line that names nothing of the server; what
    Postgres said goes to stderr.
    """
    try:
        with _slots, closing(_connected(program)) as connection:
            connection.set_session(
                readonly=True, isolation_level="REPEATABLE READ" if is_one_state else None
            )
            with connection, connection.cursor() as cursor:
                _restrict(cursor, timeout_seconds)
                yield cursor
    except psycopg2.errors.QueryCanceled as error:
        raise PulseError(
            f"the answer took longer than {timeout_seconds} s and was stopped: ask for less"
        ) from error
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName) as error:
        raise PulseError(NOT_BUILT) from error
    except psycopg2.errors.UndefinedColumn as error:
        _log(program, first_line(error))
        raise PulseError("what is built is of another version: run `productpulse build`") from error
    except psycopg2.errors.InsufficientPrivilege as error:
        _log(program, first_line(error))
        raise PulseError(f"{ROLE} may not read that: run `productpulse build` again") from error
    except psycopg2.Error as error:
        _log(program, first_line(error))
        raise PulseError("the database could not answer: see `productpulse status`") from error


def owner() -> URL:
    """The address of the owner, for a connection whose transactions cannot write."""
    url = database_url()
    given = url.query.get("options", "")
    options = f"{given if isinstance(given, str) else ' '.join(given)} "
    return url.update_query_dict({"options": f"{options}-c default_transaction_read_only=on"})


def _connected(program: str) -> psycopg2.extensions.connection:
    """A connection of the reporter, or of a user who becomes the reporter.

    Raises PulseError, without the address.
    """
    try:
        return connect(database_url() if is_external() else address(), program)
    except PulseError as error:
        _log(program, str(error))
        raise PulseError("the database cannot be reached: see `productpulse db status`") from error


def _restrict(cursor: "Cursor", timeout_seconds: int) -> None:
    """Become the reporter, with a timeout for each statement.

    Raises PulseError when nothing is built, and when there is no reporter to become.
    """
    cursor.execute(
        "select exists (select from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = %s and c.relname = 'dim_metrics'),"
        " exists (select from pg_roles where rolname = %s), current_user::text",
        [schema_of("marts"), ROLE],
    )
    ((is_built, has_role, user),) = cursor.fetchall()
    if not is_built:
        raise PulseError(NOT_BUILT)
    if not has_role:
        raise PulseError(
            f"there is no role {ROLE}, with whose rights alone this reads:"
            " `productpulse build` says what an administrator must run"
        )
    if user != ROLE:
        try:
            cursor.execute(f"set local role {ROLE}")
        except psycopg2.errors.InsufficientPrivilege as error:
            raise PulseError(
                f"this reads with the rights of {ROLE} alone; an administrator must run:"
                f" grant {ROLE} to the user of the database"
            ) from error
    cursor.execute("set local standard_conforming_strings = on")
    cursor.execute("select set_config('statement_timeout', %s, true)", [f"{timeout_seconds}s"])


def _log(program: str, line: str) -> None:
    print(f"{program}: {line}", file=sys.stderr, flush=True)
