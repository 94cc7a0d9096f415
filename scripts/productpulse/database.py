"""Which database we work on, and how to reach it.

`PULSE_DATABASE_URL` if set; else the usual `PG*` variables; else the embedded server, which is
started when it is not running. A URL that was exported from `productpulse db url` also means the
embedded server.
"""

import getpass
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from productpulse.errors import PulseError
from productpulse.paths import state_dir
from productpulse.schemas import schema_prefix

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor

URL_VARIABLE = "PULSE_DATABASE_URL"
CHOOSING_VARIABLES = ("PGHOST", "PGSERVICE", "PGDATABASE", "PGPORT")
APPLICATION = "productpulse"
# Names of the connections that work under the lock (see lock.py) and end with it.
LOADER = "productpulse load"
BUILDER = "productpulse dbt"
LEARNER = "productpulse learn"

IRREGULAR_VARIABLES = {
    "dbname": "PGDATABASE",
    "application_name": "PGAPPNAME",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}
"""The variables of libpq that are not PG plus the parameter's name without underscores."""


def database_url() -> URL:
    """The database to work on; starts the embedded server when that is meant and not running.

    Raises PulseError for a URL that cannot be read and for a server that cannot be started.
    """
    url = _external_url()
    if url is not None:
        return url
    from productpulse import server

    return server.start()


def is_external() -> bool:
    """Whether the database is not the embedded one: then we neither start nor stop it."""
    return _external_url() is not None


def connect(url: URL | None = None, name: str | None = None) -> "Connection":
    """Open a psycopg2 connection to `url`, by default to `database_url()`.

    The server sees it under `name`, whatever the URL says. Raises PulseError when it fails, with
    what to do about it.
    """
    import psycopg2

    url = url or database_url()
    parameters: dict[str, Any] = {
        "application_name": APPLICATION,
        "connect_timeout": 15,
        **_parameters(url),
        **({"application_name": name} if name else {}),
    }
    try:
        return psycopg2.connect(**parameters)
    except psycopg2.OperationalError as error:
        raise PulseError(_advice(url, str(error))) from error
    except psycopg2.Error as error:  # Such as an unknown parameter in the URL.
        raise PulseError(f"{_place(url)}: {str(error).strip()}: check {_origin()}") from error


def is_readable(cursor: "Cursor", schema: str, table: str, column: str = "%") -> bool:
    """Whether the table exists with that column and this user may read it."""
    cursor.execute(  # Columns that the user may not read are not listed.
        "select exists (select from information_schema.columns"
        " where table_schema = %s and table_name = %s and column_name like %s)",
        [schema, table, column],
    )
    return bool(cursor.fetchall()[0][0])


def first_line(error: Exception) -> str:
    """What Postgres said, without the details that follow."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def libpq_environment(url: URL) -> dict[str, str]:
    """The `PG*` variables with which a child process (psql, dbt) reaches `url`.

    PGPASSWORD is set even when it is empty: libpq then looks into its password file.
    """
    parameters = {"password": "", **_parameters(url)}
    return {
        IRREGULAR_VARIABLES.get(name, "PG" + name.replace("_", "").upper()): value
        for name, value in parameters.items()
    }


def child_environment(url: URL) -> dict[str, str]:
    """The whole environment for a child process that must reach `url` and no other database."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PGSERVICE", "PGHOSTADDR")}
    return {**kept, **libpq_environment(url), URL_VARIABLE: url_text(url)}


def url_text(url: URL) -> str:
    """`url` with its password and all special characters percent-encoded, for every client."""
    user = quote(url.username or "", safe="")
    if url.password:
        user += ":" + quote(url.password, safe="")
    host = f"[{url.host}]" if ":" in (url.host or "") else url.host or ""
    port = f":{url.port}" if url.port else ""
    query = "?" + urlencode(url.query, doseq=True, quote_via=quote) if url.query else ""
    return f"postgresql://{user}@{host}{port}/{quote(url.database or '', safe='')}{query}"


def host_of(url: URL) -> str:
    """The host of `url`, or the folder of its socket."""
    return _parameters(url).get("host", "")


def lake_dir() -> Path:
    """The folder of Parquet files that belongs to this database; `$PULSE_LAKE` if set.

    It is not created here. Each database and schema prefix has its own folder, so that copies of
    two databases never mix.
    """
    chosen = os.environ.get("PULSE_LAKE")
    if chosen:
        return Path(chosen).absolute()
    url = _external_url()
    name = "lake" if url is None else f"lake-{host_of(url)}-{url.port}-{url.database}"
    return state_dir() / quote(schema_prefix() + name, safe="")


def _external_url() -> URL | None:
    text = os.environ.get(URL_VARIABLE, "").strip()
    if text:
        url = _parsed(text)
    elif any(os.environ.get(name) for name in CHOOSING_VARIABLES):
        url = _from_pg_variables()
    else:
        return None
    from productpulse import server

    return None if server.owns(url) else url


def _parsed(text: str) -> URL:
    wanted = "postgresql://user:password@host:5432/database"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise PulseError(f"{URL_VARIABLE} is not a URL: it should look like {wanted}") from error
    if url.drivername.split("+")[0] not in ("postgres", "postgresql"):
        raise PulseError(
            f"{URL_VARIABLE} begins with {url.drivername}://: it should look like {wanted}"
        )
    if url.port is not None and not 0 < url.port < 65536:
        raise PulseError(f"{URL_VARIABLE} has the port {url.port}: it should look like {wanted}")
    return _completed(url)


def _from_pg_variables() -> URL:
    from productpulse import libpq

    given = libpq.parameters()
    port = given.pop("port", None)
    if port is not None and not (port.isdecimal() and 0 < int(port) < 65536):
        raise PulseError(f"PGPORT is {port!r}: it should be a number like 5432")
    url = URL.create(
        "postgresql",
        username=given.pop("user", None),
        password=given.pop("password", None),
        host=given.pop("host", None),
        port=int(port) if port else None,
        database=given.pop("dbname", None),
        query=given,
    )
    return _completed(url)


def _completed(url: URL) -> URL:
    """Fill in the defaults of libpq, so that all readers of the URL use the same ones."""
    user = url.username or os.environ.get("PGUSER") or getpass.getuser()
    query = dict(url.query)
    host = url.host
    # The folder of a socket cannot stand before the port in a URL.
    if host and host.startswith("/"):
        query["host"], host = host, None
    return URL.create(
        "postgresql",
        username=user,
        password=url.password,
        host=host or (None if "host" in query else "localhost"),
        port=url.port or 5432,
        database=url.database or user,
        query=query,
    )


def _parameters(url: URL) -> dict[str, str]:
    """`url` as libpq's connection parameters."""
    parameters = {k: v if isinstance(v, str) else ",".join(v) for k, v in url.query.items()}
    fields = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
    }
    return parameters | {name: str(value) for name, value in fields.items() if value is not None}


def _place(url: URL) -> str:
    return f"database {url.database} at {host_of(url)}:{url.port}"


def _origin() -> str:
    if os.environ.get(URL_VARIABLE):
        return URL_VARIABLE
    return "the PG* variables" if is_external() else "`productpulse db status`"


def _advice(url: URL, said: str) -> str:
    """One line made from the many of libpq: what is wrong, where, and what to do."""
    place, origin = _place(url), _origin()
    if "definition of service" in said or "service file" in said:
        return f"{said.strip()}: check PGSERVICE and PGSERVICEFILE, or ~/.pg_service.conf"
    if re.search(r'database ".*" does not exist', said):
        where = f"-h {host_of(url)} -p {url.port} -U {url.username}"
        return f"{place} does not exist: create it with `createdb {where} {url.database}`"
    if "password" in said or "authentication failed" in said or "role " in said:
        return f"{place} refuses user {url.username}: check the user and the password in {origin}"
    if "translate host name" in said:
        return f"host {host_of(url)} is not known: check {origin}"
    if "refused" in said or "No such file" in said:
        return f"nothing answers at {host_of(url)}:{url.port}: start that server or check {origin}"
    reasons = [line for line in said.splitlines() if line.strip()] or ["no message"]
    # When several addresses were tried, the last line is about the last address.
    return f"{place} cannot be reached ({reasons[-1].strip()}): check {origin}"
