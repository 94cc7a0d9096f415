"""Where a BI tool reads: the address of the reporter role.

The reporter may read the marts and what was learned from them, and nothing else.
"""

from contextlib import closing
from typing import Any

from sqlalchemy import URL

from productpulse.database import connect, database_url, host_of, is_external, url_text
from productpulse.schemas import schema_of

ROLE = "pulse_reporter"
# Options in a URL that are also right for another user; a password is not.
OF_THE_SERVER = ("host", "hostaddr", "port", "sslmode", "sslrootcert")


def address() -> URL:
    """The reporter's URL: with its own password on the embedded server, elsewhere without one.

    Raises PulseError when the embedded server cannot be started.
    """
    if is_external():
        url = database_url()
        query = {name: value for name, value in url.query.items() if name in OF_THE_SERVER}
        # Not url.set(), which keeps the password where it is given None.
        return URL.create("postgresql", ROLE, None, url.host, url.port, url.database, query)
    from productpulse import server

    return server.reporter()


def lacks() -> str | None:
    """What an administrator must run where the reporter cannot log in; else None."""
    if not is_external():
        return None
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("select rolcanlogin from pg_roles where rolname = %s", [ROLE])
        found = cursor.fetchall()
    if found == [(True,)]:
        return None
    return f"{'alter' if found else 'create'} role {ROLE} login password 'a password of yours';"


def fields(url: URL) -> dict[str, Any]:
    """The address as BI tools ask for it, field by field, without the fields it leaves open."""
    found = {
        "url": url_text(url),
        "host": host_of(url),
        "port": url.port,
        "database": url.database,
        "schema": schema_of("marts"),
        "user": url.username,
        "password": url.password,
        "ssl": url.query.get("sslmode"),
    }
    return {name: value for name, value in found.items() if value is not None}
