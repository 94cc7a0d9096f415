"""A warehouse for a test: loaded and built by the command line, on either engine."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import URL

from productpulse.database import connect, url_text
from productpulse.dbt import TARGETS
from productpulse.paths import project_root

PUBLIC = "marts"
ENGINES = TARGETS
OWN_FOLDER = Path(__file__).parent / "own_folder"
"""Test data that are read with the demo company's seeds on purpose: the oracle knows these."""


@dataclass(frozen=True)
class Warehouse:
    """One database, its lake, and the state folder in which dbt works for it."""

    url: URL
    home: Path

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PULSE_PROJECT": str(OWN_FOLDER),
            "PULSE_DATABASE_URL": url_text(self.url),
            "PULSE_HOME": str(self.home),
            "PULSE_LAKE": str(self.lake),
        }

    def command(
        self, *arguments: str | Path, check: bool = True, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess:
        """Run `productpulse` as a person would, in `cwd`; with `check`, failure fails the test.

        `variables` are added to its environment.
        """
        done = subprocess.run(
            [sys.executable, "-m", "productpulse.cli", *map(str, arguments)],
            env=self.environment | variables,
            cwd=cwd,
            capture_output=True,
            text=True,
        )
        assert not check or done.returncode == 0, done.stderr[-4000:]
        return done

    def build(
        self,
        target: str = "postgres",
        variables: dict[str, Any] | None = None,
        folder: Path = OWN_FOLDER,
    ) -> None:
        """Run `dbt build` through the command line, with the seeds and settings of `folder`."""
        given = ["--vars", json.dumps(variables)] if variables else []
        self.command(*("build", "--target", target, *given), PULSE_PROJECT=str(folder))

    def dbt_folder(self, target: str) -> Path:
        """The folder where `dbt` works; compiled SQL is below `target`."""
        return self.home / f"dbt_{target}"

    def dbt(
        self,
        verb: str,
        target: str,
        *options: str | Path,
        project: Path | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess:
        """Run dbt itself, on a copy of this project or another one; `check` as in `command`."""
        folder = self.dbt_folder(target)
        folder.mkdir(exist_ok=True)
        if project is None:
            # One for each engine, because they are built at the same time.
            project = folder / "project"
            if not project.exists():
                copy_project(project)
        shutil.copy(project_root() / "profiles.example.yml", folder / "profiles.yml")
        command = [
            *(Path(sys.executable).parent / "dbt", verb, "--target", target, *options),
            *("--project-dir", project, "--profiles-dir", folder),
            *("--target-path", folder / "target", "--log-path", folder / "logs"),
        ]
        done = subprocess.run(
            list(map(str, command)),
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert not check or done.returncode == 0, done.stdout[-6000:]
        return done

    def rows(self, query: str, target: str = "postgres") -> list[tuple]:
        """The answer to a query, in its order."""
        if target == "duckdb":
            with duckdb.connect(str(self.lake / "warehouse.duckdb"), read_only=True) as connection:
                return connection.execute(query).fetchall()
        with closing(connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def execute(self, statement: str) -> None:
        """Run statements in the Postgres database, in a transaction."""
        with closing(connect(self.url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def table(self, name: str, target: str = "postgres", where: str = "true") -> list[dict]:
        """The rows of a mart (or of `schema.table`) as dicts."""
        relation = name if "." in name else f"{PUBLIC}.{name}"
        schema, plain = relation.split(".")
        columns = [
            column
            for (column,) in self.rows(
                "select column_name from information_schema.columns "
                f"where table_schema = '{schema}' and table_name = '{plain}' "
                "order by ordinal_position",
                target,
            )
        ]
        assert columns, f"{relation} is not there on {target}"
        listed = ", ".join(columns)
        found = self.rows(f"select {listed} from {relation} where {where}", target)
        return [dict(zip(columns, row, strict=True)) for row in found]

    def tables(self, schema: str = PUBLIC, target: str = "postgres") -> list[str]:
        """The tables and views of a schema."""
        found = self.rows(
            f"select table_name from information_schema.tables where table_schema = '{schema}'",
            target,
        )
        return sorted(name for (name,) in found)


def copy_project(folder: Path) -> None:
    """A project for a test in a new folder: it may have other seeds, the rest is ours."""
    shutil.copytree(project_root() / "seeds", folder / "seeds")
    shutil.copy(project_root() / "profiles.example.yml", folder)
    text = (project_root() / "dbt_project.yml").read_text()
    assert "seeds_of: demo" in text
    (folder / "dbt_project.yml").write_text(text.replace("seeds_of: demo", "seeds_of: own"))
    for name in ("analyses", "docs", "macros", "metrics", "models", "tests", "selectors.yml"):
        (folder / name).symlink_to(project_root() / name)


def copy_warehouse(warehouse: Warehouse, name: str, home: Path) -> Warehouse:
    """A warehouse with the same rows, loaded at the same moments, and the same builds.

    `name` is that of its database. An earlier one with either name is removed.
    """
    with closing(connect(warehouse.url.set(database="postgres"))) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"drop database if exists {name} with (force)")
        connection.cursor().execute(f"create database {name} template {warehouse.url.database}")
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(warehouse.home, home, symlinks=True)
    return Warehouse(warehouse.url.set(database=name), home)


@cache
def create_database(server: URL, name: str) -> URL:
    """A new, empty database on the server."""
    with closing(connect(server)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"drop database if exists {name}")
        connection.cursor().execute(f"create database {name}")
    return server.set(database=name)
