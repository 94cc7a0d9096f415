"""The user's own data: a folder outside the checkout, which never mixes with the demo company."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from sqlalchemy import URL
from warehouse import ENGINES, create_database

from productpulse import builds, own
from productpulse.database import connect, url_text
from productpulse.paths import project_root, seeds_dir, state_dir
from productpulse.settings import settings

ROOT = project_root()
Query = Callable[[str], list[tuple]]


def in_folder(
    folder: Path, *arguments: str | Path, **variables: str
) -> subprocess.CompletedProcess:
    """Run `productpulse` in a folder, without variables for a project or a state elsewhere."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PULSE_", "DBT_"))}
    return subprocess.run(
        [sys.executable, "-m", "productpulse.cli", *map(str, arguments)],
        cwd=folder,
        env=ours | variables,
        capture_output=True,
        text=True,
    )


def only_line(done: subprocess.CompletedProcess) -> str:
    """The one line with which a refused command ends."""
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: ")
    return line


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company of another user: subscriptions, invoices and payments in euros and dollars,
    none of the demo's plans, and of its accounts only when they were opened."""
    folder = tmp_path_factory.mktemp("own") / "exports"
    folder.mkdir()
    days = [f"2025-{month:02}-05" for month in range(1, 7)]
    tables = {
        "users": [("user_id", "account_id", "created_at")]
        + [(f"u{n}", f"a{n % 3}", day) for n, day in enumerate(days)],
        "accounts": [("account_id", "created_at")] + [(f"a{n}", days[n]) for n in range(3)],
        "events": [("event_id", "user_id", "event_name", "occurred_at")]
        + [(f"e{n}", f"u{n % 6}", "login", f"2025-07-{n + 1:02}") for n in range(20)],
        "subscriptions": [("subscription_id", "account_id", "created_at")]
        + [(f"s{n}", f"a{n}", day) for n, day in enumerate(days[:3])],
        "subscription_changes": [
            (
                *("change_id", "subscription_id", "changed_at", "status"),
                *("plan_id", "billing_interval", "quantity", "unit_amount", "currency"),
            )
        ]
        + [
            (f"c{n}", f"s{n}", days[n], "active", "pro", "month", 1, 4900, currency)
            for n, currency in enumerate(("EUR", "USD", "EUR"))
        ],
        "invoices": [
            ("invoice_id", "subscription_id", "issued_at", "amount_due", "currency", "status")
        ]
        + [
            (f"i{n}", f"s{n}", days[n], 4900, currency, "open")
            for n, currency in enumerate(("EUR", "USD", "EUR"))
        ],
        "payments": [
            ("payment_id", "invoice_id", "attempted_at", "kind", "status", "amount", "currency")
        ]
        + [
            (f"p{n}", f"i{n}", days[n], "charge", "succeeded", 4900, currency)
            for n, currency in enumerate(("EUR", "USD", "USD"))
        ],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as lines:
            csv.writer(lines).writerows(rows)
    return folder


@pytest.fixture
def place(query: Query) -> dict[str, str]:
    """The variables that name an empty database and an empty lake."""
    return {name: os.environ[name] for name in ("PULSE_DATABASE_URL", "PULSE_LAKE")}


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder, which is the working directory."""
    folder = tmp_path / "my company"
    own.make(folder)
    for name in [n for n in os.environ if n.startswith("PULSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    return folder


def test_a_new_folder_has_the_rules_that_hold_for_all_and_nothing_of_the_demo_company(
    own_folder: Path,
) -> None:
    general = {
        *("funnel_profiles", "retention_profiles", "retention_brackets", "retention_cuts"),
        *("churn_rules", "churn_bands", "leakage_rules", "recommendation_rules"),
        *("rfm_segments", "scenarios", "currencies"),
    }
    for demo in sorted((ROOT / "seeds").glob("*.csv")):
        lines = (own_folder / "seeds" / demo.name).read_text().splitlines()
        theirs = demo.read_text().splitlines()
        assert lines == (theirs if demo.stem in general else theirs[:1]), demo.stem
    assert settings().vars == {} and settings().schema_prefix == ""
    profile = yaml.safe_load((own_folder / "profiles.yml").read_text())
    assert profile == yaml.safe_load((ROOT / "profiles.example.yml").read_text())


def test_init_again_adds_what_is_missing_and_changes_nothing(own_folder: Path) -> None:
    (own_folder / "seeds" / "plans.csv").write_text("mine\n")
    (own_folder / "productpulse.yml").write_text("vars: {week_start: sunday}\n")
    (own_folder / "seeds" / "funnels.csv").unlink()
    done = in_folder(own_folder, "init", ".")
    assert "made in .: seeds/funnels.csv" in done.stdout
    assert (own_folder / "seeds" / "plans.csv").read_text() == "mine\n"
    assert settings().vars == {"week_start": "sunday"}
    assert "already has all files" in in_folder(own_folder, "init", ".").stdout
    assert not list(own_folder.rglob(".*.new"))


def test_init_refuses_where_no_folder_can_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "seeds").touch()
    said = only_line(in_folder(ROOT, "init", "mycompany"))
    assert "is inside the ProductPulse checkout" in said and not (ROOT / "mycompany").exists()
    for place in (file, file / "below", tmp_path / "taken"):
        assert "is a file, not a folder" in only_line(in_folder(tmp_path, "init", place))


def test_the_folder_is_found_from_below_and_by_name(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = own_folder / "notebooks" / "2025"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert seeds_dir() == own_folder / "seeds" and state_dir() == own_folder / ".pulse"
    monkeypatch.chdir(ROOT / "docs")
    assert seeds_dir() == ROOT / "seeds"
    monkeypatch.setenv("PULSE_PROJECT", str(own_folder))
    assert seeds_dir() == own_folder / "seeds" and state_dir() == own_folder / ".pulse"
    said = only_line(in_folder(ROOT, "build", PULSE_PROJECT=str(below)))
    assert "PULSE_PROJECT is" in said and "productpulse init" in said


def test_of_two_folders_none_is_guessed(own_folder: Path, tmp_path: Path) -> None:
    """As after `productpulse env` in the other one: its data would get ours, or a reset."""
    other = tmp_path / "other"
    assert in_folder(ROOT, "init", other).returncode == 0
    said = only_line(in_folder(own_folder, "reset", "--yes", PULSE_PROJECT=str(other)))
    assert f"PULSE_PROJECT is {other}, but you are in {own_folder}" in said
    assert not (other / ".pulse").exists() and not (own_folder / ".pulse").exists()


def test_another_dbt_project_is_not_taken_for_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models" / "staging").mkdir(parents=True)
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "productpulse").mkdir()
    (tmp_path / "productpulse" / "productpulse.yml").touch()
    monkeypatch.chdir(tmp_path / "productpulse")
    assert project_root() == ROOT
    assert seeds_dir() == tmp_path / "productpulse" / "seeds"
    monkeypatch.chdir(own.dbt_project())
    assert project_root() == ROOT


def test_settings_are_as_json_has_them(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "vars: {as_of_date: 2026-01-01, complete_until: 2026-01-01T02:00:00+02:00}\n"
    text += "sources: {users: {columns: {yes: [2026-01-01]}}}\n"
    (own_folder / "productpulse.yml").write_text(text)
    monkeypatch.chdir(own_folder)
    assert settings().vars == {
        "as_of_date": "2026-01-01",
        "complete_until": "2026-01-01T00:00:00Z",
    }
    assert settings().sources == {"users": {"columns": {"True": ["2026-01-01"]}}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("vars: [1]", "vars: '[1]' should be a valid dictionary"),
        ("schema_prefx: x", "schema_prefx: no such key: use one of vars, schema_prefix"),
        ("schema_prefix: 7", "schema_prefix: '7' should be a valid string"),
        ("- vars", "write name: value in each line"),
        ("vars: {asof: 1}", "var asof: there is no such parameter; there are as_of_date"),
        ("vars: {week_start: tuesday}", "var week_start: 'tuesday' is not monday or sunday"),
        ("vars: {sources: {}}", "has sources, which is a key beside vars"),
        ("vars: {a: 1", "line 1: cannot be read as YAML"),
    ],
)
def test_wrong_settings_end_in_one_line_before_anything_is_done(
    own_folder: Path, company: Path, text: str, says: str
) -> None:
    (own_folder / "productpulse.yml").write_text(text)
    for command in (["build"], ["run", company], ["load", company], ["check", company]):
        said = only_line(in_folder(own_folder, *command))
        assert "productpulse.yml" in said and says in said
    assert not (own_folder / ".pulse" / "server.json").exists()


def test_a_seed_that_is_missing_or_without_its_key_is_said_in_one_line(
    own_folder: Path, company: Path
) -> None:
    (own_folder / "seeds" / "plans.csv").write_text("\ufeffplan_id;name;tier\n")
    said = only_line(in_folder(own_folder, "run", company))
    assert "plans.csv: the header lacks plan_id: write the columns" in said
    (own_folder / "seeds" / "plans.csv").unlink()
    said = only_line(in_folder(own_folder, "build"))
    assert f"plans.csv is missing: `productpulse init {own_folder}` adds it" in said


def test_seeds_and_settings_are_part_of_what_a_build_is_made_of(
    own_folder: Path, server_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made_of(url: URL) -> str:
        return json.dumps(builds.made_of(url))

    url = create_database(server_url, "fingerprints")
    found = {made_of(url)}
    (own_folder / "seeds" / "plans.csv").write_text("mine\n")
    found.add(made_of(url))
    (own_folder / "productpulse.yml").write_text("vars: {week_start: sunday}\n")
    found.add(made_of(url))
    assert len(found) == 3
    monkeypatch.chdir(ROOT)
    assert made_of(url) not in found


def test_own_data_are_not_loaded_in_the_checkout(company: Path, tmp_path: Path) -> None:
    """Neither after the demo nor before it: nothing is created, and the line says how to go on."""
    for command in ("run", "load"):
        said = only_line(in_folder(ROOT, command, company, PULSE_HOME=str(tmp_path)))
        assert "productpulse init ../mycompany && cd ../mycompany" in said
        assert said.endswith(f"productpulse run {company}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "place",
    [
        {"PULSE_DATABASE_URL": "postgresql://me@example.invalid/mine"},
        {"PGHOST": "example.invalid"},
    ],
)
def test_the_demo_goes_into_no_other_database(tmp_path: Path, place: dict[str, str]) -> None:
    said = only_line(in_folder(ROOT, "run", PULSE_HOME=str(tmp_path), **place))
    assert "goes only into the embedded Postgres" in said
    assert not (tmp_path / "simulated").exists()


def test_run_without_a_folder_makes_no_demo_in_a_folder_of_ones_own(
    place: dict[str, str], own_folder: Path
) -> None:
    done = in_folder(own_folder, "run", **place)
    assert "nothing is loaded yet" in only_line(done)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw tables of a simulated company, as small as possible."""
    folder = tmp_path_factory.mktemp("simulated") / "tables"
    done = in_folder(ROOT, "simulate", "--users", "20", "--days", "40", "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("target", ENGINES)
def test_own_and_simulated_data_never_share_a_warehouse(
    query: Query,
    place: dict[str, str],
    own_folder: Path,
    company: Path,
    simulated: Path,
    target: str,
) -> None:
    def load(folder: Path) -> subprocess.CompletedProcess:
        return in_folder(own_folder, "load", folder, "--target", target, **place)

    assert load(simulated).returncode == 0
    said = only_line(load(company))
    assert "holds a simulated company" in said and "productpulse reset-demo" in said
    query("drop schema if exists raw, audit cascade")
    shutil.rmtree(place["PULSE_LAKE"], ignore_errors=True)
    assert load(company).returncode == 0
    said = only_line(load(simulated))
    assert "holds other data" in said and "reset-demo" not in said
    assert load(company).returncode == 0


def test_rows_that_others_have_brought_count_as_ones_own(
    query: Query, place: dict[str, str], own_folder: Path, company: Path, simulated: Path
) -> None:
    assert in_folder(own_folder, "load", company, **place).returncode == 0
    query("delete from audit.loads")
    done = in_folder(own_folder, "load", simulated, "--target", "postgres", **place)
    assert "holds other data" in only_line(done)


@pytest.fixture(scope="session")
def ran_mine(
    server_url: URL, company: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str], URL]:
    """A folder after its first run on a user's database, the database, and its variables."""
    folder = tmp_path_factory.mktemp("ran") / "my company"
    own.make(folder)
    (folder / "productpulse.yml").write_text("vars: {reporting_currency: EUR, week_start: sunday}")
    url = create_database(server_url, "own_folder")
    place = {"PULSE_DATABASE_URL": url_text(url), "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"}
    done = in_folder(folder, "run", company, **place)
    assert done.returncode == 0, done.stderr
    return folder, place, url


def ask(url: URL, query: str) -> list[tuple]:
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_own_data_are_read_by_own_seeds_and_settings(
    ran_mine: tuple[Path, dict[str, str], URL],
) -> None:
    """Two subscriptions of 49 euros a month; no dollars, for which there is no rate."""
    _, _, url = ran_mine
    assert ask(
        url,
        "select closing_arr_amount, customers from marts.fct_arr_by_period"
        " where segment_name = 'all' and period_grain = 'month' order by period_start desc limit 1",
    ) == [(2 * 49 * 12, 2)]
    assert ask(
        url, "select table_name, row_key, reason from audit.quarantined_rows order by 1, 2"
    ) == [
        *(("invoices", "i1", "no_exchange_rate"), ("payments", "p1", "no_exchange_rate")),
        *(
            ("payments", "p2", "no_exchange_rate"),
            ("subscription_changes", "c1", "no_exchange_rate"),
        ),
    ]
    assert ask(
        url, "select account_id, paid_amount from marts.fct_customer_360 order by account_id"
    ) == [("a0", 49), ("a1", 0), ("a2", 0)]
    assert ask(
        url,
        "select distinct extract(isodow from period_start) from marts.fct_active_users_by_period"
        " where period_grain = 'week'",
    ) == [(7,)]
    for table in ("dim_features", "fct_funnel_steps", "fct_experiment_results"):
        assert ask(url, f"select count(*) from marts.{table}") == [(0,)]
    assert ask(
        url,
        "select distinct segment_name, segment_value from marts.fct_active_accounts_daily"
        " where segment_name in ('industry', 'company_size', 'country') order by 1",
    ) == [("company_size", "unknown"), ("country", "unknown"), ("industry", "unknown")]
    assert ask(url, "select distinct origin from audit.loads") == [("own",)]


def test_a_build_leaves_the_files_of_the_folder_as_they_were(
    ran_mine: tuple[Path, dict[str, str], URL], tmp_path: Path
) -> None:
    """dbt writes what it ran into its target; seeds at an absolute path would overwrite the CSV."""
    folder, _, _ = ran_mine
    own.make(tmp_path / "new")
    for path in (tmp_path / "new").rglob("*.csv"):
        assert (folder / path.relative_to(tmp_path / "new")).read_bytes() == path.read_bytes()
    listed = {path.name for path in folder.iterdir()}
    assert listed == {".gitignore", ".pulse", "productpulse.yml", "profiles.yml", "seeds"}


def test_dbt_by_hand_works_on_the_same(ran_mine: tuple[Path, dict[str, str], URL]) -> None:
    folder, place, url = ran_mine
    asked = "select 'marts.fct_arr_by_period'::regclass::oid"
    before = ask(url, asked)
    programs = Path(sys.executable).parent
    script = (
        f"eval \"$('{sys.executable}' -m productpulse.cli env)\" &&"
        f" cd / && '{programs}/dbt' run --quiet --select fct_arr_by_period"
    )
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PULSE_", "DBT_"))}
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=ours | place, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert ask(url, asked) != before
    assert ask(url, "select max(closing_arr_amount) from marts.fct_arr_by_period") == [(1176,)]


def test_dbt_refuses_own_data_with_the_seeds_of_the_demo_company(
    ran_mine: tuple[Path, dict[str, str], URL],
) -> None:
    folder, place, _ = ran_mine
    done = in_folder(folder, "build", "--vars", json.dumps({"seeds_of": "demo"}), **place)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    said = "your own data would be read with the demo company's seeds: make a folder"
    (line,) = [line for line in done.stderr.splitlines() if said in line]
    assert line.startswith("error: ")
