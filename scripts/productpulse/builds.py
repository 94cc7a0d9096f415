"""Which build the database holds: `audit.builds` has one row per build, passed or not."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import cursor as Cursor
from sqlalchemy import URL

from productpulse import __version__
from productpulse.database import connect, is_readable
from productpulse.errors import PulseError
from productpulse.lock import taken_at
from productpulse.ownership import make_schema, marked, refuse_foreign
from productpulse.paths import own_folder, project_root, seeds_dir
from productpulse.raw_schema import raw_tables
from productpulse.schemas import schema_of
from productpulse.settings import project_vars, settings_vars
from productpulse.usage import usage

FOLDERS = ("models", "macros", "tests/dbt")
# What is made of each part of the metric catalogue.
MADE_OF_CATALOGUE = {"metrics": "fct_metric_values", "approvals": "dim_metrics"}
# The dbt variables that `productpulse env` sets: they say where dbt works, not what it builds.
USUAL = ("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test")
PLACES = {
    *("DBT_PROJECT_DIR", "DBT_PROFILES_DIR", "DBT_TARGET_PATH", "DBT_LOG_PATH"),
}

COLUMNS = (
    "build_id bigint generated always as identity, started_at timestamptz, ended_at timestamptz, "
    "status text, fingerprint text, variables text, loads bigint, last_loaded_at timestamptz, "
    "marts_before oid[]"
)
DESCRIPTION = (
    "One row per build, in order. status: passed, failed, interrupted or running; a killed build "
    "stays running. fingerprint: a hash over the code, seeds, vars and loads it is made of. "
    "variables: the dbt vars it was given, as JSON. loads, last_loaded_at: what was loaded when it "
    "began. marts_before: the files of the tables at that time; a table that still has one of them "
    "is older than this build."
)
# A table that is rebuilt gets another file. Others may have their own tables beside the marts.
MARTS = (
    "select coalesce(nullif(c.relfilenode, 0), c.oid) as file from pg_class as c"
    " join pg_namespace as n on n.oid = c.relnamespace"
    " where n.nspname = '{marts}' and c.relkind in ('r', 'v') and c.relname ~ '^(fct|dim)_[^_]'"
    " and c.relname !~ '__dbt_(tmp|backup)$'"
)


@dataclass(frozen=True)
class Build:
    """The last build, and how much of it is in the database. Times are UTC.

    `status`: passed, running, failed, or interrupted (also when it was killed). Of all `marts`,
    `stale_marts` are older than it. `newer_loads` came after it began.
    """

    started_at: datetime
    ended_at: datetime | None
    status: str
    variables: str
    loads: int
    last_loaded_at: datetime | None
    newer_loads: int
    marts: int
    stale_marts: int


@dataclass(frozen=True)
class Change:
    """What a build has to make.

    `nodes`: models, tests and seeds, each with everything made from it; None for everything.
    `because`: what changed. `steps`: how many steps a full build has; None when not known.
    """

    nodes: frozenset[str] | None
    because: tuple[str, ...] = ()
    steps: int | None = None


def made_of(url: URL, variables: str | None = None) -> dict[str, Any]:
    """What a build is made of: the vars, and hashes of the code, of each seed and of the loads.

    `loads` is None where something other than the loader wrote rows: we cannot tell what is new.
    """
    root = project_root()
    # These variables may tell dbt to build only a part.
    told = sorted(
        (name, value)
        for name, value in os.environ.items()
        if name.startswith("DBT_") and (name, value) != USUAL and name not in PLACES
    )
    code = hashlib.sha256(repr((__version__, told)).encode())
    files = [root / "dbt_project.yml", root / "selectors.yml"]
    for folder in FOLDERS:
        files += sorted(path for path in (root / folder).rglob("*") if path.is_file())
    seeds = {}
    for path in files:
        code.update(named(path, root))
    for path in sorted(seeds_dir().glob("*.csv")):
        seeds[path.stem] = hashlib.sha256(path.read_bytes()).hexdigest()
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        refuse_foreign(cursor, [(schema_of("audit"), "loads")])
        loads = _loads(cursor)
    return {
        "code": code.hexdigest(),
        "catalogue": _catalogue(root),
        "variables": project_vars() | json.loads(variables or "{}"),
        "seeds": seeds,
        "loads": loads,
    }


def change(url: URL, variables: str | None = None) -> Change:
    """What must be built again because the inputs of the last build have changed.

    That is everything, unless the last build passed, its tables are unchanged, and only vars and
    seeds have changed since then.
    """
    now = made_of(url, variables)
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        if not _is_recorded(cursor):
            return Change(None)
        cursor.execute(
            f"select status, fingerprint from {schema_of('audit')}.builds"
            " order by build_id desc limit 1"
        )
        found = cursor.fetchall()
        if not found or found[0][0] != "passed" or not (found[0][1] or "").startswith("{"):
            return Change(None)
        before = json.loads(found[0][1])
        if before.get("tables") != _tables(cursor):
            return Change(None)
    if now["loads"] is None or any(before[part] != now[part] for part in ("code", "loads")):
        return Change(None)
    if any(before.get(part, {}).keys() != now[part].keys() for part in ("seeds", "catalogue")):
        return Change(None)
    seeds = {name for name, content in now["seeds"].items() if content != before["seeds"][name]}
    told = {**before["variables"], **now["variables"]}
    names = {name for name in told if before["variables"].get(name) != now["variables"].get(name)}
    try:
        used = usage(project_root())
    except ValueError:
        return Change(None)
    # A name that nothing uses is misspelt: dbt will report it.
    if names & used.by_all or not names <= used.known:
        return Change(None)
    metrics = {
        name for name, parts in now["catalogue"].items() if parts != before["catalogue"][name]
    }
    nodes = frozenset(used.users_of(names) | seeds | {MADE_OF_CATALOGUE[name] for name in metrics})
    if nodes:
        # it says what each metric is made of
        nodes |= {MADE_OF_CATALOGUE["approvals"]}
    return Change(nodes, tuple(sorted(names | seeds | metrics)), before.get("steps"))


def _catalogue(root: Path) -> dict[str, str]:
    """Hashes of the files of the metric catalogue, and of the approvals."""
    found = {name: hashlib.sha256() for name in MADE_OF_CATALOGUE}
    for folder in filter(None, (root, own_folder())):
        for path in sorted((folder / "metrics").glob("*.yml")):
            found["metrics"].update(named(path, folder))
        for path in sorted((folder / "metrics" / "approvals").glob("*.json")):
            found["approvals"].update(named(path, folder))
    return {name: digest.hexdigest() for name, digest in found.items()}


def is_loaded(url: URL) -> bool:
    """Whether any load has been recorded."""
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        if not is_readable(cursor, schema_of("audit"), "loads", "load_id"):
            return False
        cursor.execute(f"select exists (select from {schema_of('audit')}.loads)")
        return bool(cursor.fetchall()[0][0])


def is_built(url: URL, variables: str | None = None) -> bool:
    """Whether the last build passed, used exactly the present inputs, and its marts exist."""
    return change(url, variables).nodes == frozenset()


@contextmanager
def recorded(url: URL, variables: str | None = None) -> Iterator[dict[str, Any]]:
    """Record the build that the block does; once it begins, the build before no longer counts.

    The block gets what the build is made of, and may add to it.
    """
    parts, audit = made_of(url, variables), schema_of("audit")
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        _prepare(cursor)
        loads = "select 0, null::timestamptz"
        if is_readable(cursor, schema_of("audit"), "loads", "load_id"):
            loads = f"select count(distinct load_id), max(loaded_at) from {audit}.loads"
        cursor.execute(
            f"insert into {audit}.builds (started_at, status, fingerprint, variables, loads,"
            " last_loaded_at, marts_before)"
            f" select clock_timestamp(), 'running', %s, %s, l.*, array({_marts()})"
            f" from ({loads}) as l returning build_id",
            [json.dumps(parts), _plain(variables)],
        )
        (number,) = cursor.fetchall()[0]
    try:
        yield parts
    except BaseException as error:
        # The database may be what failed: a build without an end counts as interrupted.
        with suppress(psycopg2.Error, PulseError):
            _end(url, number, "failed" if isinstance(error, Exception) else "interrupted")
        raise
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        parts["tables"] = _tables(cursor)
        cursor.execute(
            f"update {audit}.builds set fingerprint = %s where build_id = %s",
            [json.dumps(parts), number],
        )
    _end(url, number, "passed")


def last(url: URL) -> Build | None:
    """The last build; None when none is recorded, or when this user may not read the record."""
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        if not _is_recorded(cursor):
            return None
        audit, loads = schema_of("audit"), "0"
        if is_readable(cursor, schema_of("audit"), "loads", "load_id"):
            loads = f"(select count(distinct load_id) from {audit}.loads)"
        cursor.execute(
            "select started_at at time zone 'UTC', ended_at at time zone 'UTC', status, variables,"
            f" loads, last_loaded_at at time zone 'UTC', {loads} - loads,"
            f" cardinality(array({_marts()})),"
            f" (select count(*) from ({_marts()}) as m where file = any(marts_before)),"
            " started_at < %s"
            f" from {audit}.builds order by build_id desc limit 1",
            [taken_at(cursor)],
        )
        found = cursor.fetchall()
    if not found:
        return None
    *columns, is_before_the_lock = found[0]
    build = Build(*columns)
    # The lock is free, or its holder took it after this build began: the build was killed.
    is_dead = build.status == "running" and is_before_the_lock is not False
    return replace(build, status="interrupted") if is_dead else build


def at_work(url: URL) -> datetime | None:
    """The time, in UTC, since which a load or build is running; None when none is running."""
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        since = taken_at(cursor)
    return since and since.astimezone(UTC).replace(tzinfo=None)


def _prepare(cursor: Cursor) -> None:
    """Make the table; an older one, with `fingerprint` and `built_at`, gets the missing columns."""
    audit = schema_of("audit")
    refuse_foreign(cursor, [(audit, "builds")])
    make_schema(cursor, audit)
    cursor.execute(f"create table if not exists {audit}.builds ({COLUMNS})")
    if not _is_recorded(cursor):
        added = (f"add column if not exists {column}" for column in COLUMNS.split(", "))
        cursor.execute(f"alter table {audit}.builds rename column built_at to ended_at")
        cursor.execute(f"alter table {audit}.builds {', '.join(added)}")
        cursor.execute(f"update {audit}.builds set started_at = ended_at, status = 'passed'")
    cursor.execute(f"comment on table {audit}.builds is %s", [marked(DESCRIPTION)])


def _end(url: URL, number: int, status: str) -> None:
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            f"update {schema_of('audit')}.builds set ended_at = clock_timestamp(), status = %s"
            " where build_id = %s",
            [status, number],
        )


def _marts() -> str:
    return MARTS.format(marts=schema_of("marts"))


def _is_recorded(cursor: Cursor) -> bool:
    """Whether there is a readable record of builds with the present columns."""
    return is_readable(cursor, schema_of("audit"), "builds", "started_at")


def _loads(cursor: Cursor) -> str | None:
    """A hash over the ledger of loads; None where the raw tables do not match the ledger."""
    ledger = f"{schema_of('audit')}.loads"
    found: list[tuple] = []
    written: dict[str, int] = {}
    if is_readable(cursor, schema_of("audit"), "loads", "load_id"):
        # As JSON, in which a column that an earlier version of the ledger lacks is null.
        cursor.execute(
            "select load_id, content_hash, to_jsonb(loads) ->> 'complete_until'"
            f" from {ledger} as loads order by 1, 2"
        )
        found = cursor.fetchall()
    if is_readable(cursor, schema_of("audit"), "loads", "loaded_rows"):
        cursor.execute(f"select table_name, sum(loaded_rows)::bigint from {ledger} group by 1")
        written = dict(cursor.fetchall())
    cursor.execute(
        "select relname, relkind from pg_class where relnamespace = to_regnamespace(%s)"
        " and relkind in ('r', 'v', 'm', 'f', 'p')",
        [schema_of("raw")],
    )
    for table, kind in cursor.fetchall():
        if table not in raw_tables():
            continue
        if kind != "r":
            return None
        cursor.execute(f"select count(*) from {schema_of('raw')}.{table}")
        if cursor.fetchall() != [(written.get(table, 0),)]:
            return None
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _tables(cursor: Cursor) -> str:
    """A hash over the relations that builds make; it changes when one is rebuilt or refilled.

    This also notices dbt that is run by hand, which leaves no other record.
    """
    layers = [schema_of(layer) for layer in ("reference", "staging", "intermediate")]
    cursor.execute(
        "select md5(string_agg(m.part, ',' order by m.part)) from ("
        f"select built.file::text as part from ({_marts()}) as built union all"
        # a view that others use is replaced in place and keeps its id
        " select case c.relkind when 'v' then c.oid::text || pg_get_viewdef(c.oid)"
        " else c.relfilenode::text end"
        " from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = any(%s) and c.relkind in ('r', 'v')"
        r" and c.relname !~ '__dbt_(tmp|backup)$') as m",
        [layers],
    )
    return cursor.fetchall()[0][0] or ""


def _plain(variables: str | None) -> str:
    """All vars of a build as JSON: the same text for any order and form of the input."""
    return json.dumps(settings_vars() | json.loads(variables or "{}"), sort_keys=True)


def named(path: Path, root: Path) -> bytes:
    """The path of a file below `root` followed by its contents, to be hashed."""
    return str(path.relative_to(root)).encode() + b"\0" + path.read_bytes()
