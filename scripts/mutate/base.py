"""The databases on which mutants are tried: the worlds of the oracle tests, and wider ones.

`dbt build` builds them once on DuckDB, and again when anything they are made of changes.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from marts.conftest import PARAMETERS, SEEDS, as_json, edges, make_folder
from oracle.worlds import loads, write_world

from mutate.places import mutation_dir
from productpulse.builds import named
from productpulse.console import step
from productpulse.errors import PulseError
from productpulse.paths import project_root

# Twice as many as the tests have, all of them different.
WIDER_SEEDS = tuple(range(max(SEEDS) + 1, max(SEEDS) + 1 + 2 * len(SEEDS)))
# Everything that a built database is made of.
SOURCES = (
    *("dbt_project.yml", "models", "macros", "metrics", "seeds", "tests/dbt"),
    *("tests/python/oracle/worlds.py", "tests/python/marts/conftest.py"),
    *("scripts/productpulse/loader", "scripts/mutate/base.py"),
)
PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb")
FINGERPRINT = "fingerprint"


@dataclass(frozen=True)
class World:
    """Worlds side by side under one set of parameters. `is_tested`: the oracle tests compare it."""

    name: str
    seeds: tuple[int, ...]
    parameters: str
    is_tested: bool

    @property
    def home(self) -> Path:
        return mutation_dir() / self.name

    @property
    def folder(self) -> Path:
        """The seeds with which it is built."""
        return self.home / "own"

    @property
    def database(self) -> Path:
        """All relations as tables of one schema."""
        return self.home / "base.duckdb"

    @property
    def target(self) -> Path:
        """What dbt compiled, and how it went."""
        return self.home / "target" / "duckdb"


def worlds() -> list[World]:
    """Each of the two with each set of parameters."""
    return [
        World(f"{name}_{parameters}", seeds, parameters, name == "tested")
        for name, seeds in (("tested", SEEDS), ("wider", WIDER_SEEDS))
        for parameters in PARAMETERS
    ]


def prepare(at_once: int) -> None:
    """Build what is missing or out of date.

    Raises PulseError when a build fails: then there is nothing to compare a mutant with.
    """
    current = fingerprint()
    stale = [world for world in worlds() if _built_from(world) != current]
    if not stale:
        return
    with (
        step("building the worlds", total=len(stale)) as progress,
        ThreadPoolExecutor(at_once) as pool,
    ):
        for world in pool.map(_build, stale):
            (world.home / FINGERPRINT).write_text(current)
            progress.advance(note=world.name)


def fingerprint() -> str:
    """A digest of everything that the databases are made of."""
    digest = hashlib.sha256(" ".join(version(name) for name in PACKAGES).encode())
    for source in SOURCES:
        path = project_root() / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix in (".sql", ".yml", ".csv", ".py"):
                digest.update(named(file, project_root()))
    return digest.hexdigest()


def _built_from(world: World) -> str | None:
    path = world.home / FINGERPRINT
    return path.read_text() if path.exists() else None


def _build(world: World) -> World:
    shutil.rmtree(world.home, ignore_errors=True)
    world.home.mkdir(parents=True)
    make_folder(world.folder, world.parameters)
    for number, load in enumerate(loads(edges(world.seeds))):
        folder = world.home / "files" / str(number)
        write_world(load, folder)
        _productpulse(world, "load", "--target", "duckdb", str(folder))
    given = {name: as_json(value) for name, value in PARAMETERS[world.parameters].items()}
    _productpulse(world, "build", "--target", "duckdb", "--vars", json.dumps(given))
    flatten(world.home / "lake" / "warehouse.duckdb", world.database)
    return world


def _productpulse(world: World, *arguments: str) -> None:
    """Run the command line for this world. Tests run where they decide about mutants."""
    environment: dict[str, Any] = {
        **os.environ,
        "PULSE_PROJECT": str(world.folder),
        "PULSE_HOME": str(world.home),
        "PULSE_LAKE": str(world.home / "lake"),
        "PULSE_THREADS": "1",
    }
    # Nothing is left out of a world where all tests decide about mutants.
    environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "" if world.is_tested else "test unit_test"
    done = subprocess.run(
        [sys.executable, "-m", "productpulse", *arguments],
        env=environment,
        cwd=project_root(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise PulseError(
            f"the world {world.name} does not build, so no mutant can be compared with it: "
            f"{done.stderr.strip().splitlines()[-1]}"
        )


def flatten(built: Path, flat: Path) -> None:
    """Copy all relations, also views, into tables of one schema, where reading is fast."""
    with duckdb.connect(str(flat)) as connection:
        connection.execute(f"attach '{built}' as warehouse (read_only)")
        relations = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = 'warehouse'"
        ).fetchall()
        for schema, name in relations:
            connection.execute(f'create table "{name}" as from warehouse."{schema}"."{name}"')
