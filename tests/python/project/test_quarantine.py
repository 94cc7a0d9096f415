"""The messages about a load that is largely quarantined, and about rates in another currency."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from warehouse import Warehouse

from productpulse.errors import Exit

EVENTS = "event_id,user_id,event_name,occurred_at\n"


def events(folder: Path, *rows: tuple[str, int, str, str]) -> Path:
    """A folder of events; a row says how its ids begin, how many there are, and name and day."""
    folder.mkdir()
    lines = (
        f"{beginning}{number},u,{name},{day}\n"
        for beginning, count, name, day in rows
        for number in range(count)
    )
    (folder / "events.csv").write_text(EVENTS + "".join(lines))
    return folder


def test_a_share_that_jumps_is_told_by_build_and_status_and_a_century_is_asked_for(
    new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    warehouse = new_warehouse("quarantined")
    first = events(tmp_path / "1", ("a", 199, "x", "2024-03-01"), ("old", 1, "x", "1970-01-01"))
    (first / "users.csv").write_text("user_id,created_at\nu,2024-01-01\n")
    warehouse.command("load", first)
    assert json.loads(warehouse.command("build", "--json").stdout)["warnings"] == []
    assert json.loads(warehouse.command("status", "--json").stdout)["warnings"] == []

    # Another export that counts its rows from the beginning again, and a clock that was never set;
    # duplicates of the first delivery are correct.
    rows = (("a", 60, "x", "2024-03-01"), ("b", 10, "x", "2024-03-02"))
    again = (("a", 20, "y", "2024-03-02"), ("epoch", 10, "x", "1970-01-01"))
    warehouse.command("load", events(tmp_path / "2", *rows, *again))
    ((day,),) = warehouse.rows("select max(loaded_at at time zone 'UTC')::date from audit.loads")
    wanted = [
        f"events: 30 of 100 rows of the load of {day} are quarantined and in no metric, 30.0%,"
        " against 0.5% in the loads before; 20 of them as conflicting_key: give every row its own"
        " key; see audit.quarantined_rows"
    ]
    for target in ("duckdb", "postgres"):
        done = warehouse.command("build", "--target", target, "--json")
        assert json.loads(done.stdout)["warnings"] == wanted, target
        assert f"warning: {wanted[0]}" in done.stderr
        assert warehouse.rows(
            "select landed_rows, accepted_rows, duplicate_rows, conflicting_rows, rejected_rows"
            " from marts.fct_load_quality where table_name = 'events' order by loaded_at",
            target,
        ) == [(200, 199, 0, 0, 1), (100, 10, 80, 20, 10)]
    assert json.loads(warehouse.command("status", "--json").stdout)["warnings"] == wanted
    assert f"warning: {wanted[0]}" in warehouse.command("status").stdout.splitlines()

    # Like the CDNOW data: a purchase of 1997 counts once the var allows that year.
    third = events(tmp_path / "3", ("c", 300, "x", "1997-01-31"))
    done = warehouse.command("run", third, check=False)
    assert done.returncode == Exit.PARTLY_LOADED
    assert "warning: events.csv: all 300 rows will be quarantined as implausible_" in done.stderr
    assert "warning: events: 300 of 300 rows of the load of " in done.stderr
    help_ = "300 of them as implausible_timestamp: set min_plausible_date to an earlier date"
    assert f", 100.0%, against 10.3% in the loads before; {help_}" in done.stderr
    fourth = events(tmp_path / "4", ("d", 300, "x", "1997-01-30"))
    done = warehouse.command("run", fourth, "--vars", '{"min_plausible_date": "1990-01-01"}')
    assert "events.csv" not in "".join(
        line for line in done.stderr.splitlines() if line.startswith("warning: ")
    )
    assert warehouse.rows(
        "select date, events from marts.fct_user_days where date < '2000-01-01' order by date"
    ) == [(date(1997, 1, 30), 300), (date(1997, 1, 31), 300)]


EUROS = json.dumps({"reporting_currency": "EUR"})
WRONG = (
    "exchange_rates: the rates are not into EUR, the var reporting_currency: EUR itself has another"
    " rate than 1 there: put rates into EUR in seeds/exchange_rates.csv, with 1 for itself, or set"
    " reporting_currency to USD"
)


def test_dollar_rates_stop_dbt_in_euros_with_one_line(
    new_warehouse: Callable[[str], Warehouse],
) -> None:
    warehouse = new_warehouse("dollars")
    warehouse.lake.mkdir(parents=True, exist_ok=True)
    for variables, code in ((EUROS, 1), ("{}", 0)):
        done = warehouse.dbt(
            *("build", "duckdb", "--no-use-colors", "--vars", variables),
            *("--resource-type", "seed", "--resource-type", "model"),
            *("--select", "currencies", "exchange_rates", "stg_reference__exchange_rates"),
            check=False,
        )
        assert done.returncode == code, done.stdout[-2000:]
        said = [line.strip() for line in done.stdout.splitlines() if "exchange_rates: the" in line]
        assert said == [WRONG] * code


def test_dollar_rates_stop_a_build_in_euros(
    new_warehouse: Callable[[str], Warehouse], tmp_path: Path
) -> None:
    warehouse = new_warehouse("euros")
    (tmp_path / "users.csv").write_text("user_id,created_at\nu,2024-01-01\n")
    warehouse.command("load", tmp_path)
    done = warehouse.command("build", "--vars", EUROS, check=False)
    assert done.returncode == Exit.FAILED
    first, last = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert first.endswith(f": {WRONG}")
    assert last.startswith("error: dbt build failed: 1 error(s) above")
