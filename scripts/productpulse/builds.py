"""Which build stands in the database."""

import hashlib
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from productpulse import __version__
from productpulse.database import connect
from productpulse.paths import project_root

FOLDERS = ("models", "macros", "seeds", "tests/dbt")


def fingerprint(url: URL) -> str:
    """A hash over the project's SQL, YAML and seeds and over the ledger of loads."""
    digest = hashlib.sha256(__version__.encode())
    root = project_root()
    files = [root / "dbt_project.yml"]
    for folder in FOLDERS:
        files += sorted(path for path in (root / folder).rglob("*") if path.is_file())
    for path in files:
        digest.update(named(path, root))
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("select load_id, content_hash from audit.loads order by 1, 2")
        digest.update(repr(cursor.fetchall()).encode())
    return digest.hexdigest()


def is_loaded(url: URL) -> bool:
    """Whether any load has been recorded."""
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('audit.loads') is not null")
        if not cursor.fetchall()[0][0]:
            return False
        cursor.execute("select exists (select from audit.loads)")
        return bool(cursor.fetchall()[0][0])


def is_built(url: URL, wanted: str) -> bool:
    """Whether the last build that succeeded was made of exactly this, and its marts are there."""
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "select to_regclass('audit.builds') is not null "
            "and to_regclass('marts.fct_arr_by_period') is not null"
        )
        if not cursor.fetchall()[0][0]:
            return False
        cursor.execute("select fingerprint from audit.builds order by built_at desc limit 1")
        return cursor.fetchall() == [(wanted,)]


def forget(url: URL) -> None:
    """Before a build: what stood there until now no longer counts as built."""
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('audit.builds') is not null")
        if cursor.fetchall() == [(True,)]:
            cursor.execute("delete from audit.builds")


def remember(url: URL, built: str) -> None:
    """Record a build that succeeded."""
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("create schema if not exists audit")
        cursor.execute(
            "create table if not exists audit.builds (fingerprint text, built_at timestamptz)"
        )
        cursor.execute("insert into audit.builds values (%s, now())", [built])


def named(path: Path, root: Path) -> bytes:
    """The contents of a file after its place below `root`, to be hashed."""
    return str(path.relative_to(root)).encode() + b"\0" + path.read_bytes()
