"""One SELECT on the marts that somebody else wrote.

It is parsed, and written again from what was understood, so that only known things reach Postgres:
one statement that reads, functions of this list, and of each mart the columns that may leave.
"""

from typing import TYPE_CHECKING

import psycopg2
import psycopg2.errors
import sqlglot
from sqlglot import exp

from productpulse.database import first_line
from productpulse.errors import PulseError
from productpulse.marts import columns_of_marts
from productpulse.mcp.answers import ROWS, Answer, checked_limit, in_json, of_marts, shown
from productpulse.mcp.columns import allowed
from productpulse.schemas import schema_of

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

LONGEST = 20_000
ALLOWED = frozenset(
    " ".join(
        (
            "Select Union Except Intersect Subquery From Join Where Group Rollup Cube GroupingSets",
            "Having Order Ordered Limit Offset Distinct With CTE TableAlias Table Column Star",
            "Identifier Alias Literal Boolean Null Paren Tuple Values Cast DataType DataTypeParam",
            "Interval Var Case If In Between Like ILike Is Not And Or Exists Any All",
            "EQ NEQ GT GTE LT LTE NullSafeEQ NullSafeNEQ Add Sub Mul Div Mod Neg DPipe",
            "Window WindowSpec Filter WithinGroup AtTimeZone Count Sum Avg Min Max Coalesce",
            "Nullif Round Floor Ceil Trunc Abs Sign Sqrt Pow Ln Log Exp Greatest Least",
            "TimestampTrunc DateTrunc Extract TimeToStr CurrentDate RowNumber Rank DenseRank",
            "PercentRank CumeDist Ntile Lag Lead FirstValue LastValue NthValue Stddev StddevPop",
            "StddevSamp Variance VariancePop Corr CovarPop CovarSamp PercentileCont PercentileDisc",
            "Mode LogicalAnd LogicalOr Lower Upper Length Concat Substring StrPosition Trim",
            "Left Right Grouping GroupConcat",
        )
    ).split()
)
"""The names of what a query may consist of, as the parser calls it."""
TYPES = frozenset(
    {
        *("TEXT", "VARCHAR", "INT", "BIGINT", "SMALLINT", "DECIMAL", "DOUBLE", "FLOAT"),
        *("BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL"),
    }
)


def query(cursor: "Cursor", sql: str, limit: int = ROWS) -> Answer:
    """The first rows of a query. Raises PulseError, in one line, for what is not one SELECT."""
    limit = checked_limit(limit)
    asked = _parsed(sql)
    marts = _restrict(asked)
    # no schema but marts, and that only by its name
    cursor.execute("select set_config('search_path', '', true)")
    try:
        # a cursor is declared for one query that reads, and for nothing else
        cursor.execute(f"declare asked no scroll cursor for {asked.sql(dialect='postgres')}")
        cursor.execute(f"fetch forward {limit + 1} from asked")
        found = cursor.fetchall()
    except psycopg2.errors.QueryCanceled:
        raise
    except psycopg2.Error as error:
        is_unknown = isinstance(error, psycopg2.errors.UndefinedColumn)
        withheld = ", or is withheld, as names and free text are"
        raise PulseError(first_line(error) + withheld * is_unknown) from error
    assert cursor.description
    columns = [column.name for column in cursor.description]
    rows = [[in_json(value) for value in row] for row in found[:limit]]
    return of_marts(cursor, marts) | {
        "columns": columns,
        "more": len(found) > limit,
        "rows": rows,
        **({} if rows else {"note": "no row is so; that is not a zero"}),
    }


def _parsed(sql: str) -> exp.Query:
    """The query, of known parts alone. Raises PulseError for anything else."""
    if len(sql) > LONGEST or "\0" in sql:
        raise PulseError(f"sql should be text of up to {LONGEST} characters")
    try:
        statements = [each for each in sqlglot.parse(sql, dialect="postgres") if each]
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise PulseError("sql cannot be read: give one SELECT on the marts") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise PulseError("sql should be one SELECT on the marts and nothing else")
    asked = statements[0]
    if any(not each.expressions for each in asked.find_all(exp.Select)):
        raise PulseError("a SELECT has no columns: name them")
    for node in asked.walk():
        name = type(node).__name__
        if isinstance(node, exp.Anonymous):
            raise PulseError(f"the function {shown(node.name.lower())} is not allowed")
        if name not in ALLOWED:
            raise PulseError(f"{name} is not allowed: give one SELECT with common functions")
        if isinstance(node, exp.DataType) and node.this.name not in TYPES:
            raise PulseError(f"the type {shown(node.sql(dialect='postgres'))} is not allowed")
        node.pop_comments()
    return asked


def _restrict(asked: exp.Query) -> set[str]:
    """Leave of each mart only what may leave; returns the marts. Raises PulseError for others."""
    named = {each.alias.lower() for each in asked.find_all(exp.CTE)}
    for name in named:
        if name.startswith("pg_"):
            raise PulseError(f"{name}: names that begin with pg_ are not allowed")
    # quoted, so that no word means anything but a name
    for word in asked.find_all(exp.Identifier):
        if not word.quoted:
            word.set("this", word.this.lower())
            word.set("quoted", True)
    for column in asked.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    marts = set()
    for table in list(asked.find_all(exp.Table)):
        if not table.db and table.name in named:
            continue
        marts.add(_narrow(table))
    return marts


def _narrow(table: exp.Table) -> str:
    """Put in place of a mart a subquery of the columns that may leave; returns its name."""
    marts = schema_of("marts")
    mart, given = table.name, {name for name, value in table.args.items() if value}
    if table.db not in ("", marts) or table.catalog or mart not in columns_of_marts():
        raise PulseError(f"{shown(table.sql(dialect='postgres'))} is no mart: only {marts} is read")
    if not given <= {"this", "db", "alias"}:
        raise PulseError(f"{mart}: write it as a plain table")
    columns = [exp.column(name, quoted=True) for name in allowed(mart)]
    source = exp.Table(
        this=exp.to_identifier(mart, quoted=True), db=exp.to_identifier(marts, quoted=True)
    )
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(mart, quoted=True))
    table.replace(exp.Subquery(this=exp.select(*columns).from_(source), alias=alias.copy()))
    return mart
