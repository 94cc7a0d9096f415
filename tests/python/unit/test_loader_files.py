"""Which files of a folder are taken, and what `check` says of the others."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.errors import Exit, PulseError
from productpulse.loader.load import check, load
from productpulse.loader.report import LoadReport

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
        f"{name}: not a format that is read: save it as one of .csv, .tsv (also with .gz) and"
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
    assert report.problems == ["accounts.csv: no permission to read it: change its mode or owner"]
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


def test_columns_beyond_the_contract_are_named_once(tmp_path: Path) -> None:
    place = folder(tmp_path, users__csv="user_id,created_at,shoe,load_id\nu1,2024-01-01,44,x\n")
    assert check(place).warnings == [
        "users.csv: columns not in the contract are ignored: shoe, load_id"
    ]


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
    assert report.warnings == ["no users here: users is the one table that is required"]


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
    from productpulse.loader import load as module

    place = folder(tmp_path, users__csv=USERS)
    real = module.judge

    def judge_late(*args: Any) -> Any:
        os.utime(place / "users.csv", ns=(1, 1))
        return real(*args)

    monkeypatch.setattr(module, "judge", judge_late)
    assert check(place).problems == [
        "users.csv: changed while it was read: load it again when it is complete"
    ]


def test_check_prints_a_table_or_json_and_says_what_is_next(tmp_path: Path) -> None:
    place = folder(tmp_path, users__csv=USERS + "u2,?\n", events__csv="a;b\n")
    told = CliRunner().invoke(app, ["check", str(place)])
    assert told.exit_code == Exit.PARTLY_LOADED
    assert "users.csv: line 3: created_at '?' is not a timestamp" in told.stdout
    assert told.stdout.splitlines()[-1].endswith("productpulse build")
    assert [line for line in told.stderr.splitlines() if line.startswith("error:")] == [
        "error: events.csv: missing columns event_id, event_name, occurred_at: add to the header"
        " and the rows"
    ]
    told = CliRunner().invoke(app, ["check", str(place), "--json"])
    report = json.loads(told.stdout)
    assert report["files"][0]["landed_rows"] == 2
    assert report["files"][0]["rejected_rows"] == 1
    assert len(report["problems"]) == 1
