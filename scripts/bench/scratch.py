"""A scratch Postgres for measurements: our own server in a temporary folder."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, make_url

from productpulse import database, server


@contextmanager
def scratch_server() -> Iterator[URL]:
    """The address of an empty server; `PULSE_BENCH_DATABASE_URL` names another one to use."""
    given = os.environ.get("PULSE_BENCH_DATABASE_URL")
    # Not a private folder: the server may have to run as another user.
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="pulse-bench-") as folder:
        Path(folder).chmod(0o755)
        for name in [n for n in os.environ if n.startswith(("PG", "PULSE_"))]:
            del os.environ[name]
        os.environ["PULSE_HOME"] = folder
        try:
            url = make_url(given) if given else server.start()
            yield url
        finally:
            if not given:
                server.destroy()


def fresh_database(url: URL, name: str) -> URL:
    """An empty database, which is in the environment from now on."""
    with closing(database.connect(url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"drop database if exists {name} with (force)")
        connection.cursor().execute(f"create database {name}")
    made = url.set(database=name)
    os.environ["PULSE_DATABASE_URL"] = database.url_text(made)
    return made
