"""Changes to a query by name, and the same change to the query compiled otherwise."""

from functools import cache

import sqlglot
from sqlglot import exp

from mutate.changes import DIALECT, Mutation, mutations

Changes = dict[str, Mutation]


@cache
def parsed(sql: str) -> exp.Expression:
    """The tree of a query."""
    return sqlglot.parse_one(sql, dialect=DIALECT)


@cache
def changes_of(sql: str) -> Changes:
    """All changes to a query, by name."""
    return by_name(parsed(sql))


def by_name(tree: exp.Expression) -> Changes:
    """All changes to a tree, in its order."""
    return {mutation.name: mutation for mutation in mutations(tree)}


def rewritten(sql: str) -> str:
    """The query unchanged, parsed and written again."""
    return parsed(sql).sql(dialect=DIALECT)


def changed(sql: str, name: str, origin: str) -> str | None:
    """The query with a change that is named after `origin`; None where it has no such place.

    Other parameters, and unit tests, compile the same model to other SQL.
    """
    mutation = same_change(name, changes_of(origin), changes_of(sql))
    return mutation and mutation.written(parsed(sql))


def same_change(name: str, origin: Changes, among: Changes) -> Mutation | None:
    """The change in the same place where both have the same kinds, else that of the same name."""
    if name in origin and are_in_step(origin, among):
        return list(among.values())[list(origin).index(name)]
    return among.get(name)


def are_in_step(some: Changes, others: Changes) -> bool:
    """Whether both have changes of the same kinds in the same order, whatever the constants."""
    return [m.edit.kind for m in some.values()] == [m.edit.kind for m in others.values()]


def line_of(sql: str, name: str) -> str:
    """The line of a query where a change begins."""
    nodes = list(parsed(sql).walk())
    inside = nodes[changes_of(sql)[name].node].walk()
    lines = [node.meta["line"] for node in inside if "line" in node.meta]
    return sql.splitlines()[min(lines) - 1].strip() if lines else ""
