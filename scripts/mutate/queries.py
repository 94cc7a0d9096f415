"""Changes to a query by name, and the same change to another compiled form of the query."""

import re
from collections import Counter
from functools import cache

import sqlglot
from sqlglot import exp

from mutate.changes import DIALECT, Mutation, mutations

Changes = dict[str, Mutation]
CONSTANT = re.compile(r"'[^']*'|\b\d+(\.\d+)?\b")
ORDINAL = re.compile(r" #\d+$")


@cache
def parsed(sql: str) -> exp.Expr:
    """The tree of a query."""
    return sqlglot.parse_one(sql, dialect=DIALECT)


@cache
def changes_of(sql: str) -> Changes:
    """All changes to a query, by name."""
    return by_name(parsed(sql))


def by_name(tree: exp.Expr) -> Changes:
    """All changes to a tree, in its order."""
    return {mutation.name: mutation for mutation in mutations(tree)}


def rewritten(sql: str) -> str:
    """The query unchanged, parsed and written again."""
    return parsed(sql).sql(dialect=DIALECT, comments=False)


def changed(sql: str, name: str, origin: str) -> str | None:
    """The query with a change that is named after `origin`; None where it has no such place.

    Other parameters, and unit tests, compile the same model to other SQL.
    """
    mutation = same_change(name, changes_of(origin), changes_of(sql))
    return mutation.written(parsed(sql)) if mutation else None


def same_change(name: str, origin: Changes, among: Changes) -> Mutation | None:
    """The change of the same name, else the one that differs in constants only."""
    if name in among or name not in origin:
        return among.get(name)
    place = next(place for place, known in regardless_of_constants(origin).items() if known == name)
    return among.get(regardless_of_constants(among).get(place, ""))


def regardless_of_constants(changes: Changes) -> dict[tuple[str, int], str]:
    """Names without their constants, numbered among equal ones."""
    seen: Counter[str] = Counter()
    found = {}
    for name in changes:
        masked = without_constants(name)
        seen[masked] += 1
        found[masked, seen[masked]] = name
    return found


def without_constants(name: str) -> str:
    """A name with numbers and texts masked, and without the ordinal at its end."""
    return CONSTANT.sub("?", ORDINAL.sub("", name))


def line_of(sql: str, name: str) -> str:
    """The line of a query where a change begins."""
    nodes = list(parsed(sql).walk())
    inside = nodes[changes_of(sql)[name].node].walk()
    lines = [node.meta["line"] for node in inside if "line" in node.meta]
    return sql.splitlines()[min(lines) - 1].strip() if lines else ""
