"""`productpulse reset` and `reset-demo`: back to an empty warehouse."""

import re
import shutil
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from productpulse.console import err, is_interactive, out
from productpulse.errors import PulseError

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

# The folder of a load in the lake.
LOAD = re.compile(r"[0-9a-f]{16}(-\d+)?")

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def reset_demo(yes: Yes = False) -> None:
    """Remove the simulated company: everything loaded and built from it, and its files.

    Objects that others made are listed and kept, and so is the server.
    """
    from productpulse.paths import state_dir

    _reset(yes, is_demo=True)
    shutil.rmtree(state_dir() / "simulated", ignore_errors=True)
    err.print("removed; next: productpulse run", markup=False)


def reset(yes: Yes = False) -> None:
    """Remove everything that was loaded and built from your own data; your files stay.

    Objects that others made are listed and kept, and so is the server.
    """
    _reset(yes, is_demo=False)
    err.print("removed; next: productpulse run DIR", markup=False)


def _reset(yes: bool, is_demo: bool) -> None:
    from productpulse.database import connect, database_url, lake_dir
    from productpulse.lock import hold
    from productpulse.ownership import relations
    from productpulse.schemas import LAYERS, schema_of

    url = database_url()
    schemas = [schema_of(layer) for layer in LAYERS]
    place = url.render_as_string(hide_password=True)
    with (
        hold(url),
        closing(connect(url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        _refuse_other_origin(cursor, is_demo)
        found = relations(cursor, schemas)
        ours = {name: kind for name, (kind, is_ours) in found.items() if is_ours}
        _list(f"in {place}, to be removed:", list(ours))
        _list("made by others, kept:", [name for name in found if name not in ours])
        if not yes:
            if not is_interactive():
                raise PulseError(f"this removes the above in {place}: add --yes to confirm")
            typer.confirm(f"Remove {len(ours)} tables and views in {place}?", abort=True, err=True)
        _drop(cursor, ours)
        _drop_empty(cursor, schemas)
    _clear_lake(lake_dir())


def _refuse_other_origin(cursor: "Cursor", is_demo: bool) -> None:
    from productpulse.database import is_readable
    from productpulse.schemas import schema_of

    if not is_readable(cursor, schema_of("audit"), "loads", "origin"):
        return
    cursor.execute(f"select distinct coalesce(origin, 'own') from {schema_of('audit')}.loads")
    origins = {origin for (origin,) in cursor.fetchall()}
    if is_demo and "own" in origins:
        raise PulseError(
            "this warehouse holds your own data: use `productpulse reset` to remove them"
        )
    if not is_demo and "simulated" in origins:
        raise PulseError(
            "this warehouse holds a simulated company: use `productpulse reset-demo` to remove it"
        )


def _list(heading: str, names: list[tuple[str, str]]) -> None:
    if not names:
        return
    by_schema = defaultdict(list)
    for schema, name in names:
        by_schema[schema].append(name)
    out.print(heading, markup=False)
    for schema, inside in by_schema.items():
        out.print(f"  {schema} ({len(inside)}): {', '.join(inside)}", markup=False)


def _drop(cursor: "Cursor", ours: dict[tuple[str, str], str]) -> None:
    """Drop views before tables. Raises PulseError when others depend on one; all is kept then."""
    from psycopg2.errors import DependentObjectsStillExist
    from psycopg2.sql import SQL, Identifier

    for kind in sorted(set(ours.values()), key=("view", "table").index):
        names = [Identifier(*name) for name, its_kind in ours.items() if its_kind == kind]
        try:
            cursor.execute(SQL(f"drop {kind} {{}}").format(SQL(", ").join(names)))
        except DependentObjectsStillExist as error:
            lines = (error.diag.message_detail or "").splitlines()
            raise PulseError(
                f"others depend on what would be removed ({'; '.join(lines)}): nothing was removed;"
                " drop those objects first"
            ) from error


def _drop_empty(cursor: "Cursor", schemas: list[str]) -> None:
    """Drop the schemas that are ours, unless they hold objects of others."""
    from psycopg2.errors import DependentObjectsStillExist

    from productpulse.ownership import MARK

    for schema in schemas:
        cursor.execute(
            "select obj_description(to_regnamespace(%s), 'pg_namespace') = %s", [schema, MARK]
        )
        if cursor.fetchall() == [(True,)]:
            cursor.execute("savepoint before")
            try:
                cursor.execute(f"drop schema {schema}")
            except DependentObjectsStillExist:
                cursor.execute("rollback to savepoint before")


def _clear_lake(lake: Path) -> None:
    """Remove what loads and builds wrote into the lake, and the folder if it is then empty."""
    loads = [p.parent for p in lake.glob("*/loads.parquet") if LOAD.fullmatch(p.parent.name)]
    built = (lake / name for name in ("warehouse.duckdb", "warehouse.duckdb.wal"))
    for path in (*loads, lake / ".incoming", lake / ".lock", *built):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if lake.is_dir() and not any(lake.iterdir()):
        lake.rmdir()
