"""The command line as a newcomer uses it, on a small simulated company."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg2.errors
import pytest
from sqlalchemy import make_url
from warehouse import ENGINES, Warehouse

from productpulse import lock
from productpulse.database import connect
from productpulse.errors import Exit
from productpulse.paths import project_root

ROOT = project_root()


def test_run_builds_once_and_the_second_time_finds_nothing_to_do(
    ran: tuple[Warehouse, str], company: Path
) -> None:
    warehouse, first = ran
    assert "dbt build on postgres: done" in first
    builds = warehouse.rows("select build_id, ended_at from audit.builds")
    again = warehouse.command("run", company, "--json")
    assert "nothing has changed since the last one" in again.stderr
    assert warehouse.rows("select build_id, ended_at from audit.builds") == builds
    did = json.loads(again.stdout)["did"]
    assert did["build"] is None and all(file["already_loaded"] for file in did["load"]["files"])


@pytest.mark.slow
def test_run_builds_again_after_a_build_with_other_parameters(
    ran: tuple[Warehouse, str], company: Path
) -> None:
    warehouse, _ = ran
    week_starts = (
        "select distinct extract(isodow from period_start) from marts.fct_active_users_by_period "
        "where period_grain = 'week'"
    )
    warehouse.build(variables={"week_start": "sunday"})
    assert warehouse.rows(week_starts) == [(7,)]
    warehouse.command("run", company)
    assert warehouse.rows(week_starts) == [(1,)]


@pytest.mark.parametrize("command", ["build", "load"])
def test_nothing_loads_or_builds_beside_a_build(
    ran: tuple[Warehouse, str], company: Path, command: str
) -> None:
    warehouse, _ = ran
    with lock.hold(warehouse.url):
        done = warehouse.command(command, *[company][: command == "load"], check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: another load or build is running on this database")


def test_run_without_a_folder_leaves_loaded_data_unmixed(ran: tuple[Warehouse, str]) -> None:
    warehouse, _ = ran
    before = warehouse.rows("select count(*) from raw.users")
    assert "already holds data" in warehouse.command("run").stderr
    assert warehouse.rows("select count(*) from raw.users") == before


def test_status_reads_what_the_marts_say(ran: tuple[Warehouse, str]) -> None:
    warehouse, _ = ran
    told = json.loads(warehouse.command("status", "--json").stdout)
    ((dau, mau),) = warehouse.rows(
        "select dau, mau from marts.fct_active_users_daily "
        "where segment_name = 'all' order by date desc limit 1"
    )
    assert told["numbers"]["dau"] == dau and told["numbers"]["mau"] == mau > 0
    assert told["marts"] == warehouse.tables()
    shown = warehouse.command("status").stdout
    assert "fct_arr_by_period" in shown
    assert "\x1b[" not in shown, "colour codes in a pipe"
    ((month, arr),) = warehouse.rows(
        "select to_char(period_start, 'YYYY-MM'), closing_arr_amount from marts.fct_arr_by_period "
        "where segment_name = 'all' and period_grain = 'month' and is_complete "
        "order by period_start desc limit 1"
    )
    assert re.search(rf"ARR at the close of {month}, in USD +{arr:,.2f}", shown)
    assert re.search(r"\nbuilt: .* UTC in [0-9,]+ s, from 1 load, the last of .* UTC\n", shown)


def test_status_and_run_show_the_address_of_the_reporter_and_no_password_of_the_owner(
    ran: tuple[Warehouse, str], company: Path
) -> None:
    warehouse, _ = ran
    url = warehouse.url
    for command in (["status"], ["status", "--json"], ["run", company]):
        shown = warehouse.command(*command).stdout
        assert f"postgresql://pulse_reporter@{url.host}:{url.port}/{url.database}" in shown
        assert url.password and url.password not in shown
    shown = warehouse.command("status").stdout
    fields = {"host": url.host, "port": url.port, "database": url.database}
    for name, value in {**fields, "schema": "marts", "user": "pulse_reporter"}.items():
        assert re.search(rf"^ +{name} +{value}$", shown, re.M)


def test_a_reporter_who_may_log_in_reads_every_mart_and_nothing_else(
    ran: tuple[Warehouse, str],
) -> None:
    """On a server that is not ours, an administrator runs what `db url --reporter` prints."""
    warehouse, _ = ran
    with closing(connect(warehouse.url)) as administrator, administrator.cursor() as cursor:
        administrator.autocommit = True
        cursor.execute("alter role pulse_reporter nologin")
        done = warehouse.command("db", "url", "--reporter", check=False)
        assert (done.returncode, done.stdout) == (Exit.FAILED, "")
        (statement,) = re.findall("an administrator must run: (alter role .*;)", done.stderr)
        assert statement in warehouse.command("status").stdout
        cursor.execute(statement)
    assert "administrator" not in warehouse.command("status").stdout
    url = make_url(warehouse.command("db", "url", "--reporter").stdout.strip())
    assert url == warehouse.url.set(username="pulse_reporter")._replace(password=None)
    with closing(connect(url.set(password="a password of yours"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for mart in warehouse.tables():
                cursor.execute(f"select * from marts.{mart} limit 1")
            for refused in (
                "select * from raw.users",
                "select * from audit.loads",
                "select * from intermediate.int_activity__events",
                "delete from marts.dim_plans",
                "create table marts.mine ()",
                "create table public.mine ()",
            ):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(refused)


def test_the_reporter_role_reads_marts_and_nothing_else(ran: tuple[Warehouse, str]) -> None:
    warehouse, _ = ran
    rights = dict(
        warehouse.rows(
            "select table_schema || '.' || table_name, "
            "has_schema_privilege('pulse_reporter', table_schema, 'usage') and "
            "has_table_privilege('pulse_reporter', table_schema || '.' || table_name, 'select') "
            "from information_schema.tables "
            "where table_schema in ('raw', 'staging', 'intermediate', 'marts', 'audit')"
        )
    )
    readable = {name for name, may in rights.items() if may}
    assert readable == {f"marts.{name}" for name in warehouse.tables()}


def without_description(warehouse: Warehouse) -> list[tuple]:
    """The columns of the schema marts that the database does not describe."""
    return warehouse.rows(
        "select c.relname, a.attname from pg_attribute as a join pg_class as c "
        "on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace "
        "where n.nspname = 'marts' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped "
        "and col_description(a.attrelid, a.attnum) is null"
    )


def test_column_descriptions_reach_the_database(ran: tuple[Warehouse, str]) -> None:
    assert without_description(ran[0]) == []


# Tables that the rules and metrics for every company fill without any customer, and how fresh no
# data are.
OF_RULES = {
    "dim_metrics",
    "dim_metric_lineage",
    "fct_freshness",
    "dim_rules",
    "fct_churn_rule_performance",
    "fct_scenarios",
    "fct_scenario_totals",
}


def test_an_empty_warehouse_with_new_seeds_builds_empty_marts(
    new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    warehouse = new_warehouse("empty")
    warehouse.command("init", tmp_path / "mine")
    for engine in ENGINES:
        warehouse.build(engine, folder=tmp_path / "mine")
        filled = {mart for mart in warehouse.tables(target=engine) if warehouse.table(mart, engine)}
        assert filled == OF_RULES


@pytest.mark.parametrize("command", ["build", "run"])
def test_a_wrong_parameter_ends_in_one_line_before_anything_is_done(
    new_warehouse: Callable[[str], Warehouse], company: Path, command: str
) -> None:
    warehouse = new_warehouse("wrong_parameter")
    done = warehouse.command(
        *(command, *[company][: command == "run"]),
        *("--json", "--vars", json.dumps({"week_start": "tuesday"})),
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: var week_start: 'tuesday' is not monday or sunday\n"
    assert warehouse.rows("select to_regnamespace('raw')") == [(None,)]


def test_dbt_itself_refuses_a_wrong_parameter(ran: tuple[Warehouse, str]) -> None:
    wrong = json.dumps({"reporting_timezone": "Mars/Olympus"})
    done = ran[0].dbt("run", "postgres", "--select", "dim_plans", "--vars", wrong, check=False)
    assert done.returncode
    assert "var reporting_timezone: 'Mars/Olympus' is not a time zone name" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nonsense"], 2, "nonsense"),
        (["load"], 2, "DIR"),
        (["load", "no/such/folder"], 1, "no/such/folder"),
        (["build", "--target", "mars"], 2, "there are postgres, duckdb"),
        (["build", "--vars", "{x"], 2, "--vars is not JSON"),
        (["status", "now"], 2, "(now): see productpulse status --help"),
        (["db", "url", "--all"], 2, "No such option: --all: see productpulse db url --help"),
        (["simulate", "--size", "huge"], 2, "'--size': 'huge' is not one of 'tiny', 'small'"),
        (["simulate", "--out", "x", "--users", "0"], 2, "--users"),
        (["reset-demo"], 1, "add --yes to confirm"),
    ],
)
def test_a_wrong_command_ends_in_one_line(
    ran: tuple[Warehouse, str], arguments: list[str], code: int, says: str
) -> None:
    done = ran[0].command(*arguments, check=False)
    assert done.returncode == code
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: ") and says in line


@pytest.mark.parametrize("group", [[], ["db"], ["experiment"]])
def test_a_group_without_a_command_shows_its_help(
    ran: tuple[Warehouse, str], group: list[str]
) -> None:
    done = ran[0].command(*group, check=False)
    assert (done.returncode, done.stderr) == (Exit.USAGE, "")
    assert "Commands" in done.stdout


def test_the_exit_codes_in_the_documents_are_those_of_the_program() -> None:
    page = (ROOT / "docs" / "automation.md").read_text()
    told = {int(code) for code in re.findall(r"^\| (\d+) \| ", page, re.M)}
    assert told == {*Exit, 128 + signal.SIGTERM}


def test_status_before_the_first_build_says_what_to_do(
    new_warehouse: Callable[[str], Warehouse],
) -> None:
    done = new_warehouse("unbuilt").command("status", check=False)
    assert done.returncode == 1
    assert "run `productpulse build`" in done.stderr


def test_reset_demo_leaves_nothing(
    new_warehouse: Callable[[str], Warehouse], company: Path
) -> None:
    warehouse = new_warehouse("reset")
    warehouse.command("load", company)
    assert list(warehouse.lake.iterdir())
    warehouse.command("reset-demo", "--yes")
    assert not warehouse.lake.exists()
    assert warehouse.rows(
        "select count(*) from information_schema.schemata where schema_name in ('raw', 'audit')"
    ) == [(0,)]
    warehouse.command("load", company)
    assert warehouse.rows("select count(*) > 0 from raw.users") == [(True,)]


def test_every_unit_test_holds(ran: tuple[Warehouse, str]) -> None:
    """On what a run has built; a build with dbt alone tests them on both engines."""
    warehouse, _ = ran
    done = warehouse.dbt("test", "postgres", "--select", "test_type:unit")
    assert re.search(r"Done\. PASS=[1-9]\d+ WARN=0 ERROR=0", done.stdout)


@pytest.mark.slow
def test_dbt_build_by_hand_works_with_the_example_profile(
    ran: tuple[Warehouse, str], tmp_path: Path
) -> None:
    """`cp profiles.example.yml profiles.yml && dbt build`, in a path with a space, twice."""
    warehouse, _ = ran
    project = tmp_path / "my project"
    project.mkdir()
    files, folders = ("dbt_project.yml", "selectors.yml"), ("models", "macros", "metrics", "seeds")
    for name in (*files, *folders, "tests/dbt"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        (project / name).parent.mkdir(exist_ok=True)
        copy(ROOT / name, project / name)
    shutil.copyfile(ROOT / "profiles.example.yml", project / "profiles.yml")
    dbt = Path(sys.executable).parent / "dbt"
    for target in ENGINES:
        done = subprocess.run(
            [dbt, "build", "--target", target],
            cwd=project,
            env={**warehouse.environment, "DBT_SEND_ANONYMOUS_USAGE_STATS": "0"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        assert re.search(r"Done\. PASS=\d+ WARN=0 ERROR=0", done.stdout)


def test_every_command_that_the_documents_name_exists() -> None:
    named = set()
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        named |= set(re.findall(r"productpulse ((?:db )?[a-z][a-z-]+)", page.read_text()))
    assert {"run", "load", "check", "build", "status", "db url"} <= named
    for words in sorted(named):
        done = subprocess.run(
            [sys.executable, "-m", "productpulse.cli", *words.split(), "--help"],
            env=dict(os.environ),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"productpulse {words}: {done.stderr}"


def test_a_scenario_of_ones_own_is_computed_by_the_mart(ran: tuple[Warehouse, str]) -> None:
    """The changes of a scenario in the mart give the same numbers as the mart."""
    warehouse, _ = ran
    said = warehouse.command(
        "scenario", "--churn=-10%", "--activation", "+10%", "--arpa", "2", "--recovery", "25%"
    ).stdout
    rows = warehouse.table("fct_scenarios", where="scenario_id = 'all_of_it'")
    amounts = ("base_monthly_amount", "monthly_impact_amount", "annual_impact_amount")
    for row in rows:
        expected = [f"{row[name]:,.2f}" for name in amounts]
        (line,) = [line for line in said.splitlines() if line.startswith(row["assumption"])]
        assert line.split()[2:] == expected
    (line,) = [line for line in said.splitlines() if line.startswith("all")]
    (total,) = warehouse.table("fct_scenario_totals", where="scenario_id = 'all_of_it'")
    assert line.split()[-1] == f"{total['annual_impact_amount']:,.2f}"
    told = json.loads(warehouse.command("scenario", "--arpa", "2", "--json").stdout)
    (asked,) = told["assumptions"]
    (row,) = [row for row in rows if row["assumption"] == "arpa"]
    assert asked == {"assumption": "arpa", "change_percent": "2"} | {
        name: str(row[name]) for name in amounts
    }
    assert told["annual_impact_amount"] == asked["annual_impact_amount"]


def test_a_change_that_is_none_is_refused(ran: tuple[Warehouse, str]) -> None:
    done = ran[0].command("scenario", "--churn", "less", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: --churn less: not a change in percent")


def test_clusters_of_users_have_a_schema_of_their_own(ran: tuple[Warehouse, str]) -> None:
    warehouse, _ = ran
    said = warehouse.command("segment").stdout
    assert "silhouette 0." in said and "adjusted Rand index" in said
    clusters = warehouse.table("learning.user_clusters")
    assert {row["cluster_name"] for row in clusters} == {"Power", "Regular", "At-Risk", "Dormant"}
    assert len(clusters) == len(warehouse.table("fct_user_rfm"))
    model = json.loads((warehouse.home / "learned" / "user_clusters.json").read_text())
    assert model["centroids"][0]["cluster_name"] == "Power"
    assert json.loads(warehouse.command("status", "--json").stdout)["learned"] == ["user_clusters"]
    assert warehouse.command("segment").stdout == said


def test_a_build_leaves_what_was_learned(ran: tuple[Warehouse, str]) -> None:
    warehouse, _ = ran
    warehouse.command("segment")
    clusters = warehouse.table("learning.user_clusters")
    built = "select relfilenode from pg_class where oid = 'marts.fct_user_rfm'::regclass"
    before = warehouse.rows(built)
    for variables in ({"rfm_window_days": 365}, None):
        warehouse.build(variables=variables)
    assert warehouse.rows(built) != before, "nothing was built that clusters are learned from"
    assert warehouse.table("learning.user_clusters") == clusters


def test_a_churn_model_of_too_few_customers_says_so(ran: tuple[Warehouse, str]) -> None:
    done = ran[0].command("churn-model", check=False)
    assert done.returncode == 4
    assert "customers left in the training months" in done.stderr
    assert "Traceback" not in done.stderr
