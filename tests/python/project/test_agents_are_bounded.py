"""What an agent cannot do: write, read more than the marts, or learn who a person is."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from agents import Agent, over_stdio
from warehouse import Warehouse

from productpulse.marts import columns_of_marts
from productpulse.mcp.answers import in_json
from productpulse.mcp.columns import CATALOGUE, IDS, WITHHELD, WORDS, allowed
from productpulse.paths import project_root


@pytest.fixture(scope="module")
def agent(ran: tuple[Warehouse, str]) -> Iterator[Agent]:
    with over_stdio(ran[0], "--allow-sql", "--timeout", "2") as connected:
        yield connected


def test_every_text_of_a_mart_is_allowed_or_withheld() -> None:
    assert not (IDS & WORDS) and not ((IDS | WORDS) & WITHHELD)
    texts = {
        name
        for columns in columns_of_marts().values()
        for name, kind in columns.items()
        if kind == "text"
    }
    assert texts == IDS | WORDS | WITHHELD
    assert {"name", "evidence", "doubt", "description", "approved_by"} <= WITHHELD
    for mart in columns_of_marts():
        kept = CATALOGUE if mart == "dim_metrics" else set()
        assert not set(allowed(mart)) & (WITHHELD - kept), mart


def test_no_name_address_or_free_text_leaves_any_mart(
    agent: Agent, ran: tuple[Warehouse, str]
) -> None:
    warehouse, _ = ran
    secrets = {
        text
        for query in (
            "select name from raw.accounts",
            "select name from marts.dim_accounts",
            "select email from raw.users",
            "select full_name from raw.users",
            "select evidence from marts.fct_revenue_leakage",
        )
        for (text,) in warehouse.rows(query)
        if text and len(text) > 6
    }
    assert len(secrets) > 100
    for mart in columns_of_marts():
        for sql in (f"select * from marts.{mart}", f"select cast(m as text) from marts.{mart} m"):
            said = str(agent.ask("query", sql=sql, limit=1000))
            assert not [text for text in secrets if text in said], mart


FORBIDDEN = [
    "drop table marts.fct_nps",
    "delete from marts.fct_nps",
    "insert into marts.fct_nps select * from marts.fct_nps",
    "update marts.fct_nps set nps = 1",
    "create table marts.mine as select 1",
    "truncate marts.fct_nps",
    "with gone as (delete from marts.fct_nps returning *) select * from gone",
    "select * into marts.mine from marts.fct_nps",
    "select * from marts.fct_nps for update",
    "select 1; drop table marts.fct_nps",
    "select 1;\n--\nselect 2",
    "select 1; commit; drop table marts.fct_nps",
    "commit",
    "set role postgres",
    "reset role",
    "set transaction read write",
    "set statement_timeout = 0",
    "begin; select 1",
    "copy marts.fct_nps to '/tmp/x'",
    "explain analyze select 1",
    "do $$ begin raise notice 'x'; end $$",
    "call something()",
    "listen x",
    # a function that is not known is refused, whatever it does
    "select some_function(1)",
    "select * from some_function(1) as t",
    'select "some_function"(1)',
    "select some_schema.some_function(1)",
    "select * from rows from (some_function(1))",
    "select pg_sleep(0)",
    "select nextval('x')",
    "select repeat('x', 2)",
    "select current_user",
    "select session_user",
    "select user",
    "select current_role",
    "select version()",
    "select inet_server_addr()",
    "select * from raw.users",
    "select * from audit.builds",
    "select * from pg_catalog.pg_roles",
    "select * from pg_roles",
    "select * from information_schema.tables",
    "select * from pg_roles where exists (with pg_roles as (select 1) select * from pg_roles)",
    "select (select count(*) from raw.users) from marts.fct_nps",
    "select * from postgres.marts.fct_nps",
    "select * from marts.no_such_mart",
    'select * from marts."fct_nps; drop table x"',
    "select name from marts.fct_customer_360",
    "select c.name from marts.fct_customer_360 as c",
    "select (c).name from marts.fct_customer_360 as c",
    "select marts.fct_customer_360.name from marts.fct_customer_360",
    "select evidence from marts.fct_revenue_leakage",
    "select cast('marts.fct_nps' as regclass)",
    "select cast('<a/>' as xml)",
    "select E'\\047 or 1=1'",
    "select U&'\\0041'",
    "select $1",
    "select %s",
    "select :x",
    "table marts.fct_nps; table marts.fct_nps",
    "/* hidden */",
    "",
    "select",
    "select from marts.dim_metrics",
    "with a as (select) select * from a",
    "select \0",
    "select " + "(" * 5000 + "1" + ")" * 5000,
    "select '" + "x" * 30_000 + "'",
    "nonsense",
]


@pytest.mark.parametrize("sql", FORBIDDEN, ids=lambda sql: sql[:60].replace("\0", "nul"))
def test_a_query_that_is_not_one_select_on_marts_is_refused(agent: Agent, sql: str) -> None:
    said = agent.refusal("query", sql=sql)
    assert said and "\n" not in said and len(said) < 300
    assert not [word for word in ("Traceback", "psycopg2", "LINE 1", "/scripts/") if word in said]


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from marts.fct_nps",
        "select segment_name, sum(dau) filter (where is_complete) from fct_active_users_daily"
        " group by 1 order by 2 desc limit 3;",
        "with days as (select date, dau from marts.fct_active_users_daily) select"
        " date_trunc('week', date) as week, avg(dau) over (order by date rows 6 preceding)"
        " from days",
        "select a.ACCOUNT_ID, u.user_id from marts.dim_accounts a join marts.dim_users u"
        " using (account_id) where a.country in ('DE', 'US') union all select 'a''b', null",
        "select '; drop table x; --' as text -- a comment",
        "select '100%' as share, 5 % 3 as rest",
        "select marts.fct_nps.segment_name from marts.fct_nps",
        "(select 1) union (values (2))",
        *re.findall(r"```sql\n(.*?)```", (project_root() / "README.md").read_text(), re.DOTALL),
    ],
)
def test_a_query_that_reads_marts_is_answered_as_by_postgres(
    agent: Agent, ran: tuple[Warehouse, str], sql: str
) -> None:
    told = agent.ask("query", sql=sql, limit=1000)
    expected = ran[0].rows("set search_path = marts; " + sql.rstrip(";"))
    assert told.keys() >= {"as_of_date", "definition_version", "trust"}
    assert told["more"] == (len(expected) > 1000)
    right = [[in_json(value) for value in row] for row in expected]
    if told["more"]:
        assert len(told["rows"]) == 1000
        assert all(row in right for row in told["rows"][:20])
    else:
        assert sorted(map(repr, told["rows"])) == sorted(map(repr, right))


def test_a_query_ends_at_its_timeout_and_its_limit(agent: Agent) -> None:
    days = ", ".join(f"marts.fct_user_days as d{number}" for number in range(5))
    said = agent.refusal("query", sql=f"select count(*) from {days}")
    assert said == "the answer took longer than 2 s and was stopped: ask for less"
    told = agent.ask("query", sql="select user_id from marts.fct_user_days", limit=2)
    assert len(told["rows"]) == 2 and told["more"]


def test_no_rows_are_said_in_words(agent: Agent) -> None:
    told = agent.ask("query", sql="select sum(dau) from marts.fct_active_users_daily having false")
    assert told["rows"] == [] and told["note"] == "no row is so; that is not a zero"


HOSTILE = [
    "dau'; drop table marts.fct_nps; --",
    "' or '1'='1",
    'dau"',
    "dau\0",
    "%s",
    "dau\nwau",
    "../../etc/passwd",
    "x" * 100_000,
    "",
    "💥",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_is_never_sql(agent: Agent, ran: tuple[Warehouse, str], text: str) -> None:
    warehouse, _ = ran
    before = warehouse.rows("select count(*) from marts.fct_nps")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("describe_metric", {"id": text}),
        ("metric_values", {"id": text}),
        ("metric_values", {"id": "dau", "from_date": text}),
        ("metric_values", {"id": "dau", "by": "country", "segment_value": text or "x"}),
        ("explain_value", {"id": "dau", "date": text}),
        ("explain_value", {"id": "dau", "date": "2026-06-01", "segment_value": text or "x"}),
        ("customer_360", {"account_id": text}),
    ]
    if text:
        calls += [
            ("metric_values", {"id": "dau", "grain": text}),
            ("metric_values", {"id": "dau", "by": text}),
            ("explain_value", {"id": "dau", "date": "2026-06-01", "segment_name": text}),
            ("search_metrics", {"query": "dau", "area": text}),
        ]
    for tool, arguments in calls:
        said = agent.refusal(tool, **arguments)
        assert "\n" not in said and len(said) < 1000, (tool, arguments)
        assert "syntax" not in said and "Error executing" not in said
    assert warehouse.rows("select count(*) from marts.fct_nps") == before


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30", "yesterday", "0", "99999-01-01"])
def test_a_wrong_date_is_named(agent: Agent, day: str) -> None:
    said = agent.refusal("metric_values", id="dau", to_date=day)
    assert said == f"to_date is '{day}': write a date like 2026-06-30"
    said = agent.refusal("metric_values", id="dau", from_date="2026-02-01", to_date="2026-01-01")
    assert said == "from_date is after to_date: exchange them"


@pytest.mark.parametrize("limit", [0, -1, 1001, 10**30])
def test_a_limit_has_a_limit(agent: Agent, limit: int) -> None:
    for tool, arguments in {
        "metric_values": {"id": "dau"},
        "query": {"sql": "select 1"},
    }.items():
        assert "limit should be a number from 1 to 1000" in agent.refusal(
            tool, limit=limit, **arguments
        )


def test_an_argument_that_does_not_exist_is_not_passed_over(agent: Agent) -> None:
    assert "from\n" in agent.refusal("metric_values", id="dau", **{"from": "2026-06-01"})
    assert "limit" in agent.refusal("metric_values", id="dau", limit="all")
