"""Which files of a folder are loaded, and what `check` says about the others."""

import gzip
import json
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner
from warehouse import OWN_FOLDER

from productpulse.cli import app
from productpulse.errors import Exit, PulseError
from productpulse.loader.find import content_hash, find_files
from productpulse.loader.load import check, load
from productpulse.loader.origin import own_folder_first
from productpulse.loader.report import LoadReport
from productpulse.loader.statement import NOTHING, Statement
from productpulse.raw_schema import raw_tables

USERS = "user_id,created_at\nu1,2024-01-01\n"


def folder(place: Path, **files: str | bytes) -> Path:
    """A folder with these files; `__` in a name stands for the dot."""
    place = place / "in"
    place.mkdir()
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (place / name.replace("__", ".")).write_bytes(data)
    return place


def counts(report: LoadReport) -> dict[str, tuple[int, int]]:
    return {f.file: (f.loaded_rows, f.rejected_rows) for f in report.files}


def test_the_three_formats_are_read_and_names_may_be_in_capitals(tmp_path: Path) -> None:
    place = folder(
        tmp_path,
        Users__CSV=USERS,
        user_aliases__csv__gz=gzip.compress(b"anonymous_id,user_id,linked_at\na,u,2024-01-01\n"),
    )
    events = {"event_id": [1], "event_name": ["x"], "Occurred_At": ["2024-01-01"]}
    pq.write_table(pa.table(events), place / "events.parquet")
    report = check(place)
    assert not report.problems
    assert counts(report) == {
        "Users.CSV": (1, 0),
        "events.parquet": (1, 0),
        "user_aliases.csv.gz": (1, 0),
    }


def test_what_is_not_data_is_passed_over_in_silence(tmp_path: Path) -> None:
    place = folder(
        tmp_path, users__csv=USERS, README__md="?", __hidden__csv="?", manifest__json="?"
    )
    (place / "notes.txt").write_text("?")
    (place / "truth").mkdir()
    report = check(place)
    assert not report.problems and not report.warnings
    assert report.exit_code == Exit.OK


@pytest.mark.parametrize("name", ["users.jsonl", "users.txt", "users.xlsx", "users.csv.zip"])
def test_a_table_in_another_format_is_named_with_the_formats_that_are_read(
    tmp_path: Path, name: str
) -> None:
    place = folder(tmp_path)
    (place / name).write_text(USERS)
    report = check(place)
    assert report.problems == [
        f"{name}: this format cannot be read: save it as one of .csv, .tsv (also with .gz) and"
        " .parquet"
    ]
    assert report.exit_code == Exit.PARTLY_LOADED


def test_an_unknown_table_is_named_with_the_nearest_known(tmp_path: Path) -> None:
    place = folder(tmp_path, user__csv=USERS, zzz__parquet="?")
    first, second = check(place).problems
    assert first == "user.csv: no table is called 'user': did you mean users?"
    assert second.startswith("zzz.parquet: no table is called 'zzz': the tables are ")


def test_two_files_for_one_table_load_neither(tmp_path: Path) -> None:
    place = folder(tmp_path, users__csv=USERS, users__csv__gz=gzip.compress(USERS.encode()))
    report = check(place)
    assert report.problems == [
        "users.csv, users.csv.gz: several files for the table users: keep one"
    ]
    assert not report.files


def test_folders_dangling_links_and_pipes_named_like_tables_are_refused(tmp_path: Path) -> None:
    place = folder(tmp_path, users__csv=USERS)
    (place / "events.parquet").mkdir()
    (place / "invoices").mkdir()
    (place / "payments.csv").symlink_to(place / "gone.csv")
    os.mkfifo(place / "accounts.csv")
    problems = {line.split(":")[0]: line for line in check(place).problems}
    assert set(problems) == {"events.parquet", "invoices", "payments.csv", "accounts.csv"}
    assert "a folder" in problems["events.parquet"]
    assert "cannot be read" in problems["payments.csv"]


def test_a_file_without_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(tmp_path, users__csv=USERS, accounts__csv="x")
    real = Path.open

    def open_some(self: Path, *args: Any, **options: Any) -> Any:
        if self.name == "accounts.csv":
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **options)

    monkeypatch.setattr(Path, "open", open_some)
    report = check(place)
    assert report.problems == [
        "accounts.csv: no permission to read it: change its permissions or its owner"
    ]
    assert counts(report) == {"users.csv": (1, 0)}


def test_parquet_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    place = folder(tmp_path, users__csv=USERS, accounts__parquet="nonsense")
    sound = tmp_path / "sound.parquet"
    rows = 50_000
    values = [f"{i:09}" for i in range(rows)]
    pq.write_table(
        pa.table({"event_id": values, "event_name": values, "occurred_at": ["2024-01-01"] * rows}),
        sound,
        row_group_size=10_000,
    )
    broken = bytearray(sound.read_bytes())
    broken[len(broken) // 2 : len(broken) // 2 + 2000] = b"\xff" * 2000
    (place / "events.parquet").write_bytes(broken)
    (place / "invoices.parquet").write_bytes(sound.read_bytes()[:-500])
    problems = check(place).problems
    assert [line.split(":")[0] for line in problems] == [
        *("accounts.parquet", "events.parquet", "invoices.parquet"),
    ]
    assert all("Parquet" in line and "\n" not in line for line in problems)


def test_columns_beyond_the_raw_schema_are_named_once(tmp_path: Path) -> None:
    place = folder(tmp_path, users__csv="user_id,created_at,shoe,load_id\nu1,2024-01-01,44,x\n")
    assert check(place).warnings == [
        "users.csv: columns not in the raw schema are ignored: shoe, load_id"
    ]


SAID = {"timestamptz": "2024-01-01", "bigint": "1", "text": "x"}


def test_every_table_loads_with_the_columns_alone_that_its_rows_cannot_do_without(
    tmp_path: Path,
) -> None:
    files = {}
    for table in raw_tables().values():
        needed = [c for c in table.file_columns if c.presence == "required"]
        needed += [c for c in table.file_columns if c.name in (*table.one_of, *table.any_id)][:1]
        row = [(c.accepted_values or (SAID[c.data_type],))[0] for c in needed]
        row = ["USD" if c.name == "currency" else said for c, said in zip(needed, row, strict=True)]
        lines = [",".join(c.name for c in needed), ",".join(row)]
        files[f"{table.name}__csv"] = "\n".join(lines) + "\n"
    assert files["accounts__csv"] == "account_id,created_at\nx,2024-01-01\n"
    report = check(folder(tmp_path, **files))
    assert not report.problems and not report.warnings
    assert all(file.usable_rows == 1 for file in report.files)
    assert len(report.files) == len(raw_tables())


def test_rejected_rows_are_a_warning_with_the_first_example(tmp_path: Path) -> None:
    place = folder(tmp_path, users__csv=USERS + "u2,yesterday\nu3,\n")
    report = check(place)
    assert report.exit_code == Exit.OK
    assert report.warnings == [
        "users.csv: 2 of 3 rows rejected (line 3: created_at 'yesterday' is not a timestamp; …)"
    ]
    assert report.files[0].examples[1] == (4, "missing created_at")


def test_a_header_alone_is_an_empty_table_and_no_users_are_a_warning(tmp_path: Path) -> None:
    report = check(folder(tmp_path, users__csv="user_id,created_at"))
    assert not report.problems
    assert counts(report) == {"users.csv": (0, 0)}
    assert report.warnings == ["no users here: users is the only required table: add it"]


def test_rows_of_parquet_are_counted_from_one_and_shown_as_json(tmp_path: Path) -> None:
    place = folder(tmp_path)
    columns = {"user_id": [7.0, None, 9.0], "created_at": ["2024-01-01", "x", None]}
    pq.write_table(pa.table(columns), place / "users.parquet")
    assert check(place).files[0].examples == [
        (2, "missing user_id; created_at 'x' is not a timestamp"),
        (3, "missing created_at"),
    ]


def test_a_folder_that_is_none_or_holds_no_table_fails_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for name, says in (("gone", "no such folder"), ("file", "a file"), ("empty", "no table files")):
        with pytest.raises(PulseError, match=says) as caught:
            check(tmp_path / name)
        assert caught.value.exit_code == Exit.FAILED
    with pytest.raises(PulseError, match="no such folder"):
        load(tmp_path / "gone", "postgres")
    with pytest.raises(PulseError, match="no target is called 'oracle'"):
        load(tmp_path, "oracle")


def test_a_file_that_changes_while_it_is_read_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from productpulse.loader import classify as module

    place = folder(tmp_path, users__csv=USERS)
    real = module.classify

    def classify_late(*args: Any) -> Any:
        os.utime(place / "users.csv", ns=(1, 1))
        return real(*args)

    monkeypatch.setattr(module, "classify", classify_late)
    assert check(place).problems == [
        "users.csv: changed while it was read: load it again when it is complete"
    ]


CHANGES = (
    "change_id,subscription_id,changed_at,status,plan_id,billing_interval,quantity,unit_amount,"
    "currency\n"
)


def changes(place: Path, *rows: str, said: str | None = None) -> LoadReport:
    """What `check` says about changes of subscriptions; a row is given without its id."""
    lines = [f"c{number},s1,{row}\n" for number, row in enumerate(rows, 1)]
    files = {"users__csv": USERS, "subscription_changes__csv": CHANGES + "".join(lines)}
    return check(folder(place, **files, **({"load__yml": said} if said else {})))


def test_words_of_closed_lists_are_read_in_any_spelling_and_that_is_said(tmp_path: Path) -> None:
    report = changes(
        tmp_path,
        "2026-01-01,Active,p,monthly,1,4900,usd",
        "2026-01-02,Active,p,Yearly,1,4900,US Dollar",
        "2026-01-03, PAST-DUE ,p,annual,1,4900,euros",
        "2026-01-04,cancelled,p,month,1,4900,EUR",
    )
    assert not report.warnings
    assert report.notes == [
        "subscription_changes.csv: status: 2 rows 'Active' read as active, 1 row 'PAST-DUE' read as"
        " past_due, 1 row 'cancelled' read as canceled",
        "subscription_changes.csv: billing_interval: 1 row 'monthly' read as month, 1 row 'Yearly'"
        " read as year, 1 row 'annual' read as year",
        "subscription_changes.csv: currency: 1 row 'usd' read as USD, 1 row 'US Dollar' read as"
        " USD, 1 row 'euros' read as EUR",
    ]


def test_what_staging_will_quarantined_is_told_with_its_reason_and_first_line(
    tmp_path: Path,
) -> None:
    report = changes(
        tmp_path,
        "2026-01-01,frozen,p,month,1,4900,USD",
        "2026-01-01,active,p,fortnight,1,4900,USD",
        "2026-01-01,active,p,month,-1,4900,USD",
        "2026-01-01,active,p,month,-2,4900,USD",
        "2026-01-01,active,p,month,1,-1,USD",
        "1970-01-01,active,p,month,1,4900,USD",
        "2999-01-01,active,p,month,1,4900,USD",
        "2026-01-01,active, ,month,1,4900,USD",
        "2026-01-01,active,p,month,2,500000000000001,USD",
        "2026-01-01,active,p,month,1,4900,XAU",
        "2026-01-01,frozen,p,month,-1,4900,XAU",
        "2026-01-01,active,p,month,1,4900,USD",
    )
    beginning = "subscription_changes.csv: 1 of 12 rows load and will be quarantined as"
    assert report.warnings == [
        "subscription_changes.csv: 11 of 12 rows will be quarantined: few of them will count",
        f"{beginning} blank_key (line 9: plan_id ' ' is blank)",
        f"{beginning} implausible_timestamp (line 7: changed_at 1970-01-01 00:00:00 is before"
        " 2000-01-01, the var min_plausible_date)",
        f"{beginning} future_timestamp (line 8: changed_at 2999-01-01 00:00:00 is in the future)",
        f"{beginning} unknown_status (line 2: status 'frozen' is not one of trialing, active,"
        " past_due, unpaid, paused, canceled; …)".replace("1 of", "2 of"),
        f"{beginning} unknown_billing_interval (line 3: billing_interval 'fortnight' is not one of"
        " month, year, week, quarter, day)",
        f"{beginning} out_of_range_quantity (line 4: quantity -1 is below 0; …)".replace(
            "1 of", "2 of"
        ),
        f"{beginning} out_of_range_unit_amount (line 6: unit_amount -1 is below 0; …)".replace(
            "1 of", "2 of"
        ),
        f"{beginning} no_exchange_rate (line 11: currency 'XAU' has no exchange rate in the seed"
        " exchange_rates)",
    ]
    (file,) = [file for file in report.files if file.table == "subscription_changes"]
    assert (file.loaded_rows, file.usable_rows) == (12, 1)


def test_a_file_of_another_century_is_one_line_that_names_the_var(tmp_path: Path) -> None:
    """Like the CDNOW data of 1997, of which no row counted, without any reason given."""
    rows = "".join(f"e{n},u1,buy,1997-01-{n % 28 + 1:02}\n" for n in range(1200))
    events = "event_id,user_id,event_name,occurred_at\n"
    place = folder(tmp_path, users__csv=USERS, events__csv=events + rows)
    before = (
        "implausible_timestamp (line 2: occurred_at 1997-01-01 00:00:00 is before 2000-01-01, the"
        " var min_plausible_date; …)"
    )
    help_ = "set min_plausible_date to an earlier date, or fix the times"
    report = check(place)
    assert report.exit_code == Exit.PARTLY_LOADED
    assert report.warnings == [
        f"events.csv: all 1,200 rows will be quarantined as {before}: none of them will count:"
        f" {help_}"
    ]
    # Nearly all of them, and some for another reason.
    more = "".join(f"f{n},u1,buy,2024-01-01\n" for n in range(60)) + "g,,buy,2024-01-01\n"
    (place / "events.csv").write_text(events + rows + more)
    report = check(place)
    assert report.exit_code == Exit.OK
    assert report.warnings == [
        f"events.csv: 1,201 of 1,261 rows will be quarantined as {before}: few of them will count:"
        f" {help_}",
        "events.csv: 1 of 1261 rows load and will be quarantined as blank_key (line 1262: user_id "
        " is empty, and so is anonymous_id)",
    ]


PAYMENT = "payment_id,attempted_at,kind,status,amount,currency\np1,2024-01-01,{},{},{},{}\n"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("charge", "succeeded", 1, "XAU"), "add rates to seeds/exchange_rates.csv"),
        (("gift", "succeeded", 1, "USD"), "use the words in the list of the raw schema"),
        (("charge", "succeeded", -1, "USD"), "fix the numbers"),
    ],
)
def test_the_only_row_of_a_file_is_told_of_with_what_may_help(
    tmp_path: Path, row: tuple[object, ...], says: str
) -> None:
    report = check(folder(tmp_path, users__csv=USERS, payments__csv=PAYMENT.format(*row)))
    (line,) = report.warnings
    assert line.startswith("payments.csv: the only row will be quarantined as ")
    assert f": none of them will count: {says}" in line
    assert report.exit_code == Exit.PARTLY_LOADED


def test_a_row_that_is_rejected_is_not_told_to_be_quarantined_too(tmp_path: Path) -> None:
    report = changes(tmp_path, "2026-01-01,frozen,p,month,-1,49.00,USD")
    assert report.warnings == [
        "subscription_changes.csv: 1 of 1 rows rejected (line 2: unit_amount '49.00' has a decimal"
        " point: write minor units (4900), or state `amounts: major` for this table in load.yml)"
    ]


def test_what_load_yml_states_is_read_and_makes_a_file_another_one(tmp_path: Path) -> None:
    row = "01.02.2026,active,p,month,1,49.00,USD"
    assert counts(changes(tmp_path, row))["subscription_changes.csv"] == (0, 1)
    said = "subscription_changes: {amounts: major, timestamps: '%d.%m.%Y'}\n"
    (tmp_path / "in" / "load.yml").write_text(said)
    report = check(tmp_path / "in")
    assert counts(report)["subscription_changes.csv"] == (1, 0)
    assert not report.warnings
    tables = raw_tables()
    files, _ = find_files(tmp_path / "in", tables)
    (changed,) = [file for file in files if file.table == "subscription_changes"]
    assert changed.stated == Statement(
        amounts="major", timestamps={"changed_at": "%d.%m.%Y", "discount_ends_at": "%d.%m.%Y"}
    )
    unstated = replace(changed, stated=NOTHING)
    assert content_hash(changed, lambda _: None) != content_hash(unstated, lambda _: None)
    assert content_hash(unstated, lambda _: None) == sha256(changed.path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("users: [", "line 1: not YAML in UTF-8: write a table, and below it key: value"),
        ("- users", "the file holds ['users']: write lines of key: value"),
        ("user: {}", "table 'user' is unknown: did you mean users?"),
        ("users: major", "users: a table holds 'major': write lines of key: value"),
        ("users: {amounts: major}", "users: amounts: this table has none: remove it"),
        ("payments: {amount: major}", "payments: key 'amount' is unknown: did you mean amounts?"),
        ("payments: {amounts: cents}", "payments: amounts: 'cents' is not one of 'minor', 'major'"),
        ("users: {decimal: x}", "users: decimal: 'x' is not one of '.', ','"),
        (
            "users: {delimiter: ':'}",
            "users: delimiter: ':' is not one of ',', ';', '|', '\\t', 'tab'",
        ),
        (
            "users: {timestamps: '%d.%m'}",
            "users: timestamps: '%d.%m' is not a date format: write one such as '%d.%m.%Y', or"
            " epoch_seconds, epoch_milliseconds, epoch_microseconds",
        ),
        (
            "users: {timestamps: {created: epoch_seconds}}",
            "users: timestamp 'created' is unknown: did you mean created_at?",
        ),
    ],
)
def test_a_load_yml_that_is_wrong_is_one_line(tmp_path: Path, said: str, says: str) -> None:
    place = folder(tmp_path, users__csv=USERS, load__yml=said)
    with pytest.raises(PulseError) as caught:
        check(place)
    assert str(caught.value) == f"{place / 'load.yml'}: {says}"


def test_a_load_yml_under_another_name_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(PulseError, match=r"load\.yaml: only load\.yml is read: rename it"):
        check(folder(tmp_path, users__csv=USERS, load__yaml="users: {decimal: ','}"))


def test_what_is_next_is_to_mend_what_is_wrong_before_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(tmp_path, users__csv="user_id,created_at\nu1,?\nu2,2999-01-01\n")
    told = CliRunner().invoke(app, ["check", str(place)])
    assert told.exit_code == Exit.PARTLY_LOADED
    again = f"next: fix the problems above, then productpulse check {place}"
    assert told.stdout.splitlines()[-1] == again
    (place / "users.csv").write_text(USERS)
    told = CliRunner().invoke(app, ["check", str(place)])
    # In the checkout they would be read with the demo company's seeds.
    assert told.stdout.splitlines()[-1].startswith("next: productpulse init ")
    monkeypatch.setenv("PULSE_PROJECT", str(OWN_FOLDER))
    told = CliRunner().invoke(app, ["check", str(place)])
    assert told.stdout.splitlines()[-1].startswith("next: productpulse load ")


def test_a_fork_with_seeds_of_its_own_needs_no_folder_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own_folder_first(tmp_path)
    monkeypatch.setattr("productpulse.loader.origin.project_vars", lambda: {"seeds_of": "own"})
    assert own_folder_first(tmp_path) is None


def test_check_prints_a_table_or_json_and_says_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_PROJECT", str(OWN_FOLDER))
    place = folder(tmp_path, users__csv=USERS + "u2,?\n", events__csv="a;b\n")
    told = CliRunner().invoke(app, ["check", str(place)])
    assert told.exit_code == Exit.PARTLY_LOADED
    assert "users.csv: line 3: created_at '?' is not a timestamp" in told.stdout
    assert told.stdout.splitlines()[-1].startswith("next: fix the problems above, then")
    assert [line for line in told.stderr.splitlines() if line.startswith("error:")] == [
        "error: events.csv: missing columns event_id, event_name, occurred_at: add to the header"
        " and the rows"
    ]
    told = CliRunner().invoke(app, ["check", str(place), "--json"])
    report = json.loads(told.stdout)
    assert report["files"][0]["landed_rows"] == 2
    assert report["files"][0]["rejected_rows"] == 1
    assert len(report["problems"]) == 1
