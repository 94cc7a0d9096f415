"""Where a changed model is tried: the world as it was built, beside the new results."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
from marts.test_marts_agree_with_the_oracle import CALENDAR_COLUMNS, DIGITS, MARTS

from mutate.project import REFERENCE, read_project

SECONDS_PER_STATEMENT = 5.0
MEMORY_LIMIT = "1500MB"
USUAL_DIGITS = 1e-12
# What the tests beside `test_every_cell_agrees` compare whole: columns and key.
Compared = Mapping[str, tuple[Sequence[str], Sequence[str]]]
COMPARED: Compared = {name: (columns, key) for name, (_, columns, key) in MARTS.items()} | {
    "quarantined_rows": ((), ("table_name", "row_status", "reason")),
    "dim_dates": (CALENDAR_COLUMNS, ("date",)),
}


class Endless(Exception):
    """A statement took too long to wait for."""


class Bench:
    """A world with some relations rebuilt in memory; the file is only read."""

    def __init__(
        self, name: str, target: Path, database: Path, compared: Compared = COMPARED
    ) -> None:
        """`target` is dbt's folder, `database` has all relations in one schema.

        `compared`: columns and key of each mart that an oracle knows.
        """
        self.name = name
        self.project = read_project(target)
        self.compared = compared
        self.seconds_per_statement = SECONDS_PER_STATEMENT
        self._connection = duckdb.connect()
        for statement in (
            "set threads = 1",
            "set enable_progress_bar = false",
            f"set memory_limit = '{MEMORY_LIMIT}'",
            "set TimeZone = 'UTC'",
            f"attach '{database}' as base (read_only)",
            "attach ':memory:' as scratch",
            f"create macro build_time() as {self.project.build_time}",
        ):
            self._connection.execute(statement)
        self._made: dict[str, bool] = {}
        self.columns = cache(self._columns)
        self._built_signature = cache(self._signature_of_built)

    def sql(self, model: str) -> str:
        """The model as compiled for this world."""
        return self.project.models[model].sql

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Relations that are made inside the block are removed afterwards."""
        try:
            yield
        finally:
            for name in self._made:
                self._run(f"drop table if exists scratch.{name}")
            self._made.clear()

    def make(self, name: str, sql: str) -> bool:
        """Make a relation with other SQL; returns whether it differs from the built one.

        Raises duckdb.Error when the SQL does not run, Endless when it does not end.
        """
        if self.project.models[name].has_contract:
            self._run(f"create table scratch.{name} as from base.{name} limit 0")
            self._made[name] = True
            self._run(f"insert into scratch.{name} by name {self._placed(sql)}")
        else:
            self._run(f"create table scratch.{name} as {self._placed(sql)}")
            self._made[name] = True
        self._made[name] = self._signature(f"scratch.{name}", name) != self._built_signature(name)
        return self._made[name]

    def follow(self, name: str, affected: set[str]) -> bool:
        """Rebuild a relation if what it reads differs; returns whether it differs itself."""
        if name not in affected:
            return False
        if name not in self._made:
            model = self.project.models[name]
            differing = [self.follow(parent, affected) for parent in sorted(model.reads)]
            if any(differing):
                self.make(name, model.sql)
            else:
                self._made[name] = False
        return self._made[name]

    def oracle_sees(self, mart: str) -> bool:
        """Whether a cell differs that the oracle tests compare, by their own measure."""
        compared, key = self.compared[mart]
        types = self.columns(mart)
        exact = [*key, *(c for c in compared if types[c] != "DOUBLE")]
        if self._digest(f"base.{mart}", exact) != self._digest(f"scratch.{mart}", exact):
            return True
        digits = DIGITS.get(mart, USUAL_DIGITS)
        least = 0 if digits < 1e-9 else 1e-12
        wrong = [
            f"(a.{c} is distinct from b.{c} and not coalesce(abs(a.{c} - b.{c})"
            f" <= greatest({digits} * greatest(abs(a.{c}), abs(b.{c})), {least}), false))"
            for c in compared
            if types[c] == "DOUBLE"
        ]
        on = " and ".join(f"a.{c} is not distinct from b.{c}" for c in key)
        return bool(wrong) and self._finds(
            f"select 1 from base.{mart} a join scratch.{mart} b on {on} where {' or '.join(wrong)}"
        )

    def failing_test(self) -> str | None:
        """The first data test that fails on the rebuilt relations; unaffected tests pass."""
        for test in self.project.data_tests:
            if any(self._made.get(name) for name in test.reads):
                try:
                    if self._finds(self._placed(test.sql)):
                        return test.name
                except duckdb.Error:
                    return test.name
        return None

    def table(self, name: str) -> list[dict]:
        """The rows of a relation as they are now."""
        found = self._run(self._placed(f"from ref.{name}"))
        columns = [column for column, *_ in found.description]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

    def rows(self, query: str) -> list[tuple]:
        """The rows of a query that reads no relation, as a unit test does."""
        return self._run(query).fetchall()

    def _finds(self, query: str) -> bool:
        return bool(self._run(f"select 1 from ({query}\n) limit 1").fetchall())

    def _placed(self, sql: str) -> str:
        """SQL that reads rebuilt relations where they differ, else the built ones."""
        return REFERENCE.sub(
            lambda found: f"{'scratch' if self._made.get(found[1]) else 'base'}.{found[1]}", sql
        )

    def _columns(self, name: str) -> dict[str, str]:
        return {column: kind for column, kind, *_ in self._run(f"describe base.{name}").fetchall()}

    def _signature_of_built(self, name: str) -> tuple:
        return self._signature(f"base.{name}", name)

    def _signature(self, relation: str, name: str) -> tuple:
        """A digest of the rows as a bag, with floats to seven digits."""
        return self._digest(
            relation,
            [f"{c}::float" if kind == "DOUBLE" else c for c, kind in self.columns(name).items()],
        )

    def _digest(self, relation: str, values: list[str]) -> tuple:
        query = f"select count(*), sum(hash({', '.join(values)})::hugeint) from {relation}"
        return self._run(query).fetchall()[0]

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        with self._time_limit():
            return self._connection.execute(statement)

    @contextmanager
    def _time_limit(self) -> Iterator[None]:
        """Interrupt what uses too much processor time; time spent waiting does not count."""
        start = time.process_time()
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.5):
                if time.process_time() - start > self.seconds_per_statement:
                    self._connection.interrupt()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            raise Endless from error
        finally:
            done.set()
            watcher.join()
