"""Which test notices a change: the oracle, a data test, a unit test, or none."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import duckdb

from mutate.bench import Bench, Endless
from mutate.fixtures import changed_query
from mutate.queries import changed, changes_of, line_of, regardless_of_constants, rewritten

# A macro writes many pieces that differ only in numbers; this many of them represent all.
OF_EQUAL_PIECES = 2
# Beyond that only an even sample is tried, so that one model takes only minutes.
MOST_PER_MODEL = 400
NUMBER = re.compile(r"\d+(\.\d+)?")


class Fate(StrEnum):
    """What happened to a mutant."""

    STILLBORN = "stillborn"
    UNCHANGED = "unchanged"
    ORACLE = "oracle"
    DATA_TEST = "data_test"
    UNIT_TEST = "unit_test"
    BUILD = "build"
    TIME = "time"
    SURVIVED = "survived"


KILLED = (Fate.ORACLE, Fate.DATA_TEST, Fate.UNIT_TEST, Fate.BUILD, Fate.TIME)


@dataclass(frozen=True)
class Verdict:
    """The fate of a mutant, and `by` what: a mart, a test, or for a survivor where it is visible.

    `line`: for a survivor, where the change begins in the compiled SQL.
    """

    model: str
    mutation: str
    fate: Fate
    by: str = ""
    line: str = ""


class Jury:
    """The worlds that tests compare, and wider ones that show what those miss.

    All have the same models; names of changes are those of the first.
    """

    def __init__(self, tested: Sequence[Bench], wider: Sequence[Bench] = ()) -> None:
        self._tested = tested
        self._wider = wider

    def candidates(self, model: str) -> tuple[list[str], int]:
        """The names of the changes to try, and how many similar ones are left out.

        Changes that exist only with other parameters are included.
        """
        first, *others = (bench.sql(model) for bench in self._tested)
        found = regardless_of_constants(changes_of(first))
        for other in others:
            found |= regardless_of_constants(changes_of(other)) | found
        pieces: Counter[str] = Counter()
        kept = []
        for name in found.values():
            like = NUMBER.sub("9", name)
            pieces[like] += 1
            if pieces[like] <= OF_EQUAL_PIECES:
                kept.append(name)
        step = -(-len(kept) // MOST_PER_MODEL) or 1
        return kept[::step], len(found) - len(kept[::step])

    def is_faithful(self, model: str) -> bool:
        """Whether the unchanged model, parsed and written again, gives what was built."""
        for bench in (*self._tested, *self._wider):
            with bench.trial():
                if bench.make(model, rewritten(bench.sql(model))):
                    return False
        return all(
            _passes(self._tested[0], test.query.replace(test.sql, rewritten(test.sql)))
            for test in self._tested[0].project.unit_tests
            if test.model == model
        )

    def judge(self, model: str, name: str) -> Verdict:
        """Try one change: in the tested worlds, in unit tests, and if necessary in wider worlds."""
        shows = ""
        for bench in self._tested:
            sql = self._changed(bench, model, name)
            if sql is None:
                continue
            with bench.trial():
                try:
                    if bench.make(model, sql):
                        shows = shows or bench.name
                        fate = _noticed(bench, model)
                        if fate:
                            return Verdict(model, name, *fate)
                except duckdb.Error:
                    return Verdict(model, name, Fate.STILLBORN)
                except Endless:
                    return Verdict(model, name, Fate.TIME)
        failing = self._failing_unit_test(model, name)
        if failing:
            return Verdict(model, name, Fate.UNIT_TEST, failing)
        shows = shows or self._shows_in_wider_worlds(model, name)
        if not shows:
            return Verdict(model, name, Fate.UNCHANGED)
        return Verdict(model, name, Fate.SURVIVED, shows, self._line(model, name))

    def _line(self, model: str, name: str) -> str:
        versions = (bench.sql(model) for bench in self._tested)
        return next(line_of(sql, name) for sql in versions if name in changes_of(sql))

    def _changed(self, bench: Bench, model: str, name: str) -> str | None:
        return changed(bench.sql(model), name, self._tested[0].sql(model))

    def _failing_unit_test(self, model: str, name: str) -> str | None:
        first = self._tested[0]
        for test in first.project.unit_tests:
            if test.model == model:
                query = changed_query(test, name, first.sql(model))
                if query and not _passes(first, query):
                    return test.name
        return None

    def _shows_in_wider_worlds(self, model: str, name: str) -> str:
        for bench in self._wider:
            sql = self._changed(bench, model, name)
            with bench.trial():
                try:
                    if sql is not None and bench.make(model, sql):
                        return bench.name
                except (duckdb.Error, Endless):
                    return bench.name
        return ""


def _noticed(bench: Bench, model: str) -> tuple[Fate, str] | None:
    """Follow a difference down to the marts, the cheapest first, then ask the data tests."""
    below = bench.project.below(model)
    marts = sorted(below & bench.compared.keys(), key=lambda mart: _cost(bench, mart, below))
    for name in (*marts, *sorted(below - set(marts))):
        try:
            if bench.follow(name, below) and name in bench.compared and bench.oracle_sees(name):
                return Fate.ORACLE, name
        except duckdb.Error:
            return Fate.BUILD, name
    failing = bench.failing_test()
    return (Fate.DATA_TEST, failing) if failing else None


def _cost(bench: Bench, name: str, below: set[str]) -> float:
    """Seconds to build the models between the changed one and this one."""
    models = bench.project.models
    between: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in below and current not in between:
            between.add(current)
            waiting += models[current].reads
    return sum(models[each].seconds for each in between)


def _passes(bench: Bench, query: str) -> bool:
    """Whether a unit test finds the rows that it expects."""
    try:
        rows = Counter((row[-1], row[:-1]) for row in bench.rows(query))
    except (duckdb.Error, Endless):
        return False
    actual, expected = (
        {row: n for (side, row), n in rows.items() if side == which}
        for which in ("actual", "expected")
    )
    return actual == expected
