"""A unit test of dbt with a change in its model: fixtures stay, the model over them changes."""

from functools import cache

import sqlglot
from sqlglot import exp

from mutate.changes import DIALECT
from mutate.project import REFERENCE, UnitTest
from mutate.queries import Changes, by_name, changes_of, same_change

FIXTURE = "__dbt__cte__"


def changed_query(test: UnitTest, name: str, origin: str) -> str | None:
    """The query of a test with a change that is named after `origin`, the model's SQL.

    None where the test compiles to SQL that has no such place.
    """
    tree, fixtures, changes = _taken_apart(test)
    mutation = same_change(name, changes_of(origin), changes)
    if mutation is None:
        return None
    whole = mutation.apply(tree)
    clauses = whole.args["with_"]
    clauses.set("expressions", [*(each.copy() for each in fixtures), *clauses.expressions])
    sql = REFERENCE.sub(rf"{FIXTURE}\1", whole.sql(dialect=DIALECT, comments=False))
    return test.query.replace(test.sql, sql)


@cache
def _taken_apart(test: UnitTest) -> tuple[exp.Expr, list[exp.Expr], Changes]:
    """The model, as it reads elsewhere, the fixtures before it, and the changes to it."""
    tree = sqlglot.parse_one(test.sql, dialect=DIALECT)
    for table in tree.find_all(exp.Table):
        if table.name.startswith(FIXTURE):
            table.set("this", exp.to_identifier(table.name.removeprefix(FIXTURE)))
            table.set("db", exp.to_identifier("ref"))
    fixtures = [c for c in tree.args["with_"].expressions if c.alias.startswith(FIXTURE)]
    for fixture in fixtures:
        fixture.pop()
    return tree, fixtures, by_name(tree)
