"""A folder with many kinds of broken input: one clear line each, and the rest loads."""

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.errors import Exit
from productpulse.loader import csv_records
from productpulse.loader.load import load

Query = Callable[[str], list[tuple]]

USERS = b"user_id,created_at\nu1,2024-01-01\nu2,2024-13-01\n"
PLANS = b"account_id,name,industry,company_size,country,created_at\n"


def broken_folder(place: Path) -> dict[str, str]:
    """Write eleven broken files and two good ones; what the line on each must say."""
    long = gzip.compress(
        b"event_id,event_name,occurred_at\n"
        + b"".join(b"e%d,a,2024-01-01\n" % n for n in random.Random(1).sample(range(10**9), 50_000))
    )
    files = {
        "accounts.csv": (b"", "empty file: add a header line and rows"),
        "customers.csv": (USERS, "no table is called 'customers'"),
        "events.csv.gz": (long[: len(long) // 2], "damaged or incomplete gzip file"),
        "experiment_assignments.csv": (b"experiment_id,variant,assigned_at\n", "user_id"),
        "invoices.parquet": (b"not parquet", "not a readable Parquet file"),
        "nps_responses.csv": (
            b"response_id;user_id;when;score\n1;u;2024-01-01;9\n",
            "missing column responded_at (is it when?)",
        ),
        "payments.txt": (b"payment_id\tamount\n", "this format cannot be read"),
        "subscription_changes.csv": ("change_id,…".encode("utf-16-le"), "perhaps UTF-16LE"),
        "subscriptions.csv": (
            b"subscription_id,account_id,created_at,account_id\n",
            "the header names account_id twice",
        ),
        "user.parquet": (b"?", "did you mean users?"),
    }
    place.mkdir()
    for name, (content, _) in files.items():
        (place / name).write_bytes(content)
    (place / "support_tickets.parquet").mkdir()
    (place / "README.md").write_text("not data")
    (place / "users.csv").write_bytes(USERS)
    (place / "user_aliases.csv").write_bytes(b"anonymous_id,user_id,linked_at\na,u1,2024-01-01\n")
    return {name: says for name, (_, says) in files.items()} | {
        "support_tickets.parquet": "a folder"
    }


def test_each_broken_file_gets_one_line_and_the_rest_loads(query: Query, tmp_path: Path) -> None:
    expected = broken_folder(tmp_path / "in")
    assert len(expected) >= 10
    told = CliRunner().invoke(app, ["load", str(tmp_path / "in")])
    assert told.exit_code == Exit.PARTLY_LOADED
    lines = [line for line in told.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == len(expected)
    for name, says in expected.items():
        [line] = [line for line in lines if line.startswith(f"error: {name}:")]
        assert says in line
    assert "Traceback" not in told.stderr
    warnings = [line for line in told.stderr.splitlines() if line.startswith("warning: ")]
    assert warnings == [
        "warning: users.csv: 1 of 2 rows rejected (line 3: created_at '2024-13-01' is not a"
        " timestamp), see audit.rejected_rows"
    ]
    again = f"next: fix the problems above, then productpulse load {tmp_path / 'in'}"
    assert told.stdout.splitlines()[-1] == again
    assert query("select user_id from raw.users") == [("u1",)]
    assert query("select count(*) from raw.user_aliases") == [(1,)]
    assert query("select count(*) from raw.events") == [(0,)]
    assert query("select table_name from audit.loads order by 1") == [("user_aliases",), ("users",)]


def test_check_says_the_same_of_a_broken_folder_as_load(query: Query, tmp_path: Path) -> None:
    broken_folder(tmp_path / "in")
    checked = CliRunner().invoke(app, ["check", str(tmp_path / "in")])
    loaded = CliRunner().invoke(app, ["load", str(tmp_path / "in")])
    said = [
        [line for line in told.stderr.splitlines() if line.startswith("error: ")]
        for told in (checked, loaded)
    ]
    assert said[0] == said[1]
    assert checked.exit_code == loaded.exit_code == Exit.PARTLY_LOADED


def test_a_file_found_broken_after_some_rows_leaves_none_of_them(
    query: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "in"
    place.mkdir()
    (place / "users.csv").write_bytes(USERS)
    rows = "".join(f"e{i},a,{'2024-01-01' if i % 100 else '?'}\n" for i in range(20_000))
    events = place / "events.csv"
    events.write_text("event_id,event_name,occurred_at\n" + rows)
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", 100_000)
    real = csv_records._chunk
    seen: list[int] = []

    def chunk_and_touch(*args):  # type: ignore[no-untyped-def]
        seen.append(1)
        if len(seen) == 3:
            events.write_text("event_id,event_name,occurred_at\n")
        return real(*args)

    monkeypatch.setattr(csv_records, "_chunk", chunk_and_touch)
    report = load(place)
    assert report.problems == [
        "events.csv: changed while it was read: load it again when it is complete"
    ]
    assert len(seen) > 2
    assert query("select count(*) from raw.events") == [(0,)]
    assert query("select table_name, count(*) from audit.rejected_rows group by 1") == [
        ("users", 1)
    ]
    assert query("select table_name from audit.loads") == [("users",)]
    assert [path.name for path in (tmp_path / "lake").glob("*/*")].count("events.parquet") == 0
