"""What `productpulse mcp` tells an agent: the numbers of the marts, and where they come from."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, over_stdio
from warehouse import Warehouse

from productpulse import reading
from productpulse.catalogue.query import Cell, reproducing
from productpulse.catalogue.read import catalogue
from productpulse.errors import PulseError

TOOLS = ["search_metrics", "describe_metric", "metric_values", "explain_value", "problems"]
TOOLS += ["customer_360"]
ALWAYS = {"as_of_date", "definition_version", "trust"}


@pytest.fixture(scope="module")
def agent(ran: tuple[Warehouse, str]) -> Iterator[Agent]:
    with over_stdio(ran[0], "--allow-sql") as connected:
        yield connected


@pytest.fixture(scope="module")
def warehouse(ran: tuple[Warehouse, str]) -> Warehouse:
    return ran[0]


def test_sql_is_a_tool_only_where_it_is_allowed(agent: Agent, warehouse: Warehouse) -> None:
    assert agent.tools() == [*TOOLS, "query"]
    with over_stdio(warehouse) as other:
        assert other.tools() == TOOLS


def test_metrics_are_found_and_described(agent: Agent, warehouse: Warehouse) -> None:
    found = agent.ask("search_metrics", query="net revenue retention")["metrics"]
    assert {"nrr", "nrr_12m"} <= {each["metric_name"] for each in found}
    everything = agent.ask("search_metrics", query="")["metrics"]
    assert len(everything) == len(warehouse.table("dim_metrics"))
    assert all(each.keys() >= ALWAYS for each in everything)
    (built,) = warehouse.table("dim_metrics", where="metric_name = 'dau'")
    told = agent.ask("describe_metric", id="dau")
    for name in ("formula", "owner", "unit", "direction", "risk_if_wrong", "parameters", "trust"):
        assert told[name] == built[name]
    assert built["fingerprint"].startswith(told["definition_version"])
    assert told["as_of_date"] == built["as_of_date"].isoformat()
    assert {"all", "country"} <= set(told["segments"]) and told["grains"] == ["day"]


@pytest.mark.parametrize(
    ("metric", "arguments", "mart", "column", "day"),
    [
        ("mau", {"by": "country"}, "fct_active_users_daily", "mau", "date"),
        ("arr", {"grain": "week"}, "fct_arr_by_period", "closing_arr_amount", "period_start"),
    ],
)
def test_values_are_the_cells_of_the_mart(
    agent: Agent,
    warehouse: Warehouse,
    metric: str,
    arguments: dict[str, str],
    mart: str,
    column: str,
    day: str,
) -> None:
    grain, by = arguments.get("grain"), arguments.get("by", "all")
    grains = f"period_grain = '{grain}' and " if grain else ""
    cells = {
        (row[day].isoformat(), row["segment_value"]): row[column]
        for row in warehouse.table(mart, where=f"{grains}segment_name = '{by}'")
    }
    told = agent.ask("metric_values", id=metric, limit=1000, **arguments)
    assert told.keys() >= ALWAYS
    assert told["rows_in_all"] == len(cells) and told["more"] == (len(cells) > 1000)
    for row in told["rows"]:
        assert Decimal(str(row["value"])) == cells[row["date"], row["segment_value"]]


def test_rows_are_limited_and_the_rest_is_said(agent: Agent) -> None:
    told = agent.ask("metric_values", id="dau", limit=3)
    assert len(told["rows"]) == 3 and told["more"] and told["rows_in_all"] > 3
    assert [row["date"] for row in told["rows"]] == sorted(row["date"] for row in told["rows"])
    first = told["rows"][0]["date"]
    later = agent.ask("metric_values", id="dau", from_date=first)
    assert not later["more"] and later["rows_in_all"] == 3


def cells(warehouse: Warehouse) -> dict[tuple[str, Cell], float]:
    """One cell of each metric and segment, with its value."""
    rows = warehouse.rows(
        "select distinct on (metric_name, segment_name, period_grain) metric_name, date,"
        " period_grain, segment_name, segment_value, value from marts.fct_metric_values"
        " where value is not null"
        " order by metric_name, segment_name, period_grain, md5(date::text || segment_value)"
    )
    return {(name, Cell(*cell)): value for name, *cell, value in rows}


def test_the_query_of_a_cell_reproduces_it(warehouse: Warehouse) -> None:
    found = cells(warehouse)
    assert len({name for name, _ in found}) > 100
    known = catalogue().metrics
    for (name, cell), value in found.items():
        sql = reproducing(known[name], "marts", cell=cell)
        ((*_, answer),) = warehouse.rows(sql)
        assert float(answer) == value, sql


def test_a_value_is_explained_down_to_its_rows(agent: Agent, warehouse: Warehouse) -> None:
    found = sorted(cells(warehouse).items(), key=repr)
    for (name, cell), value in random.Random(1).sample(found, 25):
        told = agent.ask(
            "explain_value",
            id=name,
            date=cell.date.isoformat(),
            grain=cell.grain,
            segment_name=cell.segment_name,
            segment_value=cell.segment_value,
        )
        assert told.keys() >= ALWAYS and told["value"] == value
        assert told["lineage"][0]["node"] == catalogue().metrics[name].mart
        assert told["definition"]["formula"]
        ((*_, answer),) = warehouse.rows(told["query"])
        assert float(answer) == value
        assert told["rows"]["rows_in_all"] >= len(told["rows"]["first"]) > 0


@pytest.mark.parametrize("metric", ["dau", "wau", "mau"])
@pytest.mark.parametrize("unit", ["user", "account"])
def test_behind_active_users_are_as_many_users(
    agent: Agent, warehouse: Warehouse, metric: str, unit: str
) -> None:
    mart = f"fct_active_{unit}s_daily"
    names = {"dau": "daily", "wau": "weekly", "mau": "monthly"}
    name = metric if unit == "user" else f"{names[metric]}_active_accounts"
    rows = warehouse.rows(
        "select distinct on (segment_name) date, segment_name, segment_value,"
        f" {metric} from marts.{mart} where {metric} > 0 order by segment_name, md5(date::text)"
    )
    assert len(rows) > 4
    for day, segment, value, expected in rows:
        told = agent.ask(
            "explain_value",
            id=name,
            date=day.isoformat(),
            segment_name=segment,
            segment_value=value,
        )["behind"]
        assert told["rows_in_all"] == expected, (segment, value)
        assert len(told["first"]) == min(expected, 50) and f"{unit}_id" in told["first"][0]


@pytest.mark.parametrize("metric", ["new_arr", "cancelled_arr", "net_new_arr"])
def test_behind_a_movement_of_arr_are_movements_of_mrr(
    agent: Agent, warehouse: Warehouse, metric: str
) -> None:
    rows = warehouse.rows(
        "select date, period_grain, segment_name, segment_value, value from"
        f" marts.fct_metric_values where metric_name = '{metric}' and value <> 0"
        " and segment_name in ('all', 'country') and period_grain <> 'day'"
        " order by md5(date::text || segment_value || period_grain) limit 8"
    )
    assert rows
    for day, grain, segment, value, expected in rows:
        behind = agent.ask(
            "explain_value",
            id=metric,
            date=day.isoformat(),
            grain=grain,
            segment_name=segment,
            segment_value=value,
        )["behind"]
        assert not behind["more"]
        total = 12 * sum(row["amount_cents"] for row in behind["first"]) / 100
        assert abs(total) == pytest.approx(abs(expected))


def test_rows_of_findings_and_risks_are_those_that_are_counted(
    agent: Agent, warehouse: Warehouse
) -> None:
    told = agent.ask("explain_value", id="accounts_at_risk", date=as_of(warehouse).isoformat())
    assert told["rows"]["rows_in_all"] == told["value"]
    assert all(row["account_id"] and row["is_at_risk"] for row in told["rows"]["first"])
    ((name, day),) = warehouse.rows(
        "select metric_name, date from marts.fct_metric_values join marts.dim_metrics"
        " using (metric_name) where source_model = 'fct_revenue_leakage' and aggregate = 'count'"
        " and segment_name = 'all' order by value desc, metric_name, date limit 1"
    )
    told = agent.ask("explain_value", id=name, date=day.isoformat())
    assert told["rows"]["rows_in_all"] == told["value"]
    assert "evidence" not in told["rows"]["first"][0]


def as_of(warehouse: Warehouse) -> date:
    ((found,),) = warehouse.rows("select max(as_of_date) from marts.dim_metrics")
    return found


def test_a_customer_is_told_without_name(agent: Agent, warehouse: Warehouse) -> None:
    row = warehouse.table("fct_customer_360")[0]
    told = agent.ask("customer_360", account_id=row["account_id"])
    assert told.keys() >= ALWAYS
    assert told["account"].keys() == row.keys() - {"name"}
    assert told["account"]["arr_amount"] == float(row["arr_amount"])


def test_problems_are_those_of_the_build_and_the_data(agent: Agent, warehouse: Warehouse) -> None:
    told = agent.ask("problems")
    assert told["build"]["status"] == "passed" and told["build"]["problem"] is None
    behind = warehouse.rows("select table_name from marts.fct_freshness where behind_days >= 2")
    assert {each["table_name"] for each in told["tables_behind"]} == {name for (name,) in behind}
    last = "select last_complete_date from marts.dim_metrics where metric_name = '{}'"
    for each in told["stale"]:
        ((day,),) = warehouse.rows(last.format(each["metric_name"]))
        assert day.isoformat() == each["last_complete_date"] < told["as_of_date"]
    assert "dau" not in {each["metric_name"] for each in told["stale"]}


RECENT = "metric_name = 'mau' and date > as_of_date - 10"
CHANGES = {
    "update marts.dim_metrics set trust = 'drifted' where metric_name = 'wau'": (
        "update marts.dim_metrics set trust = 'proposed' where metric_name = 'wau'"
    ),
    f"update marts.fct_metric_values set numerator = value, value = null where {RECENT}": (
        f"update marts.fct_metric_values set value = numerator, numerator = null where {RECENT}"
    ),
    "update audit.builds set status = 'failed'": "update audit.builds set status = 'passed'",
}


@pytest.fixture
def in_trouble(warehouse: Warehouse) -> Iterator[None]:
    """A warehouse with a metric that drifted, one that is stale, and a build that failed."""
    for change in CHANGES:
        warehouse.execute(change)
    yield
    for back in CHANGES.values():
        warehouse.execute(back)


@pytest.mark.usefixtures("in_trouble")
def test_what_drifted_is_stale_or_is_not_built_is_a_problem(agent: Agent) -> None:
    told = agent.ask("problems")
    assert [each["metric_name"] for each in told["drifted"]] == ["wau"]
    assert "mau" in {each["metric_name"] for each in told["stale"]}
    assert told["build"]["problem"].startswith("it is failed")
    assert agent.ask("metric_values", id="wau", limit=1)["trust"] == "drifted"


def test_what_changed_since_an_approval_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "metrics").mkdir(parents=True)
    (own / "productpulse.yml").write_text("vars:\n  mau_window_days: 28\n")
    (own / "seeds").symlink_to(Path(warehouse.environment["PULSE_PROJECT"]) / "seeds")
    warehouse.command("metric", "approve", "mau", "--by", "Ada", PULSE_PROJECT=str(own))
    with over_stdio(warehouse, PULSE_PROJECT=str(own)) as agent:
        told = agent.ask("describe_metric", id="mau")
        assert told["changed_since_approval"] == [] and "Ada" not in str(told)
        (own / "productpulse.yml").write_text("vars:\n  mau_window_days: 30\n")
        told = agent.ask("describe_metric", id="mau")
        assert told["changed_since_approval"] == ["var mau_window_days: 28 → 30"]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("describe_metric", {"id": "dua"}, "there is no metric 'dua'; similar: dau"),
        ("metric_values", {"id": "risk_score"}, "risk_score has no date"),
        ("metric_values", {"id": "dau", "grain": "hour"}, "no grain 'hour'; there is day"),
        ("metric_values", {"id": "dau", "by": "planet"}, "no segment 'planet'; there is"),
        ("metric_values", {"id": "dau", "from_date": "2090-01-01"}, "there are values from"),
        (
            "metric_values",
            {"id": "dau", "by": "country", "segment_value": "XX"},
            "dau has no country 'XX'; there is",
        ),
        ("explain_value", {"id": "dau", "date": "1990-01-01"}, "nearest: "),
        ("explain_value", {"id": "arr", "date": "2026-06-02"}, "nearest: 2026-"),
        (
            "explain_value",
            {"id": "feature_users", "date": "2026-06-01"},
            "give segment_name feature and a segment_value such as ",
        ),
        ("customer_360", {"account_id": "acc_00001"}, "no account 'acc_00001'; similar: acc_0"),
        ("search_metrics", {"query": "unicorns"}, "no metric is about 'unicorns'"),
        ("search_metrics", {"query": "", "area": "space"}, "there is accounts, activity"),
    ],
)
def test_what_is_unknown_is_said_with_what_there_is(
    agent: Agent, tool: str, arguments: dict[str, Any], says: str
) -> None:
    said = agent.refusal(tool, **arguments)
    assert says in said and "\n" not in said


def test_the_cursor_reads_the_marts_and_nothing_else(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever statement came to it."""
    for name, value in warehouse.environment.items():
        monkeypatch.setenv(name, value)
    with reading.reading(5) as cursor:
        cursor.execute("select current_user::text, current_setting('transaction_read_only')")
        assert cursor.fetchall() == [("pulse_reporter", "on")]
    for statement, says in {
        "select count(*) from raw.users": "may not read that",
        "select * from audit.builds": "may not read that",
        "select pg_read_file('/etc/hostname')": "may not read that",
        "delete from marts.fct_nps": "could not answer|may not read that",
        "create table public.written (x int)": "could not answer|may not read that",
        "set transaction read write": "could not answer",
        "select pg_sleep(20)": "took longer than 1 s",
    }.items():
        with pytest.raises(PulseError, match=says), reading.reading(1) as cursor:
            cursor.execute(statement)


def test_before_the_first_build_one_line_says_what_to_do(
    new_warehouse: Callable[[str], Warehouse],
) -> None:
    with over_stdio(new_warehouse("unbuilt_for_agents"), "--allow-sql") as agent:
        for tool, arguments in {
            "search_metrics": {"query": "dau"},
            "metric_values": {"id": "dau"},
            "problems": {},
            "query": {"sql": "select * from marts.fct_nps"},
        }.items():
            said = agent.refusal(tool, **arguments)
            assert said == "nothing is built yet: run `productpulse build`"


def test_a_database_that_is_gone_is_told_without_its_address(warehouse: Warehouse) -> None:
    address = "postgresql://someone:secret@127.0.0.1:9/nowhere"
    with over_stdio(warehouse, PULSE_DATABASE_URL=address) as agent:
        said = agent.refusal("problems")
    assert said == "the database cannot be reached: see `productpulse db status`"


def test_stdout_is_for_the_protocol_alone(warehouse: Warehouse) -> None:
    assert warehouse.command("mcp").stdout == ""


def test_without_the_extra_one_line_says_what_to_install(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    (tmp_path / "mcp.py").write_text("raise ModuleNotFoundError('no mcp', name='mcp')")
    done = warehouse.command("mcp", check=False, PYTHONPATH=f"{tmp_path}:scripts")
    assert done.returncode == 1
    assert done.stderr == "error: mcp is missing: pip install 'productpulse[mcp]'\n"
