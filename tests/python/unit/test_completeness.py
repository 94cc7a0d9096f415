"""Until when a delivery is complete: what the user says, and where it is recorded."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.database import lake_dir
from productpulse.errors import Exit, PulseError
from productpulse.loader.completeness import told_until
from productpulse.loader.load import load

Query = Callable[[str], list[tuple]]

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)
USERS = "user_id,created_at\nu1,2024-01-01\n"


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("2026-07-01", "2026-07-01"),
        (" 2026-07-16 ", "2026-07-16"),  # This day has already begun in the east.
        ("2026-06-30T12:00", "2026-06-30T12:00:00Z"),
        ("2026-06-30T12:00:59.9+02:00", "2026-06-30T10:00:59Z"),
        ("2026-07-15 12:00:00Z", "2026-07-15T12:00:00Z"),
    ],
)
def test_a_date_stays_one_and_a_moment_is_one_in_utc(
    tmp_path: Path, option: str, told: str
) -> None:
    assert told_until(tmp_path, option, NOW) == told


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("yesterday", "is not a date such as 2026-07-01, or a moment such as"),
        ("2026-02-30", "is not a date such as"),
        ("infinity", "is not a date such as"),
        ("", "is not a date such as"),
        ("2026-07-17", "is in the future"),
        ("2026-07-15T12:00:01Z", "is in the future"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, option: str, says: str) -> None:
    with pytest.raises(PulseError, match=says) as refused:
        told_until(tmp_path, option, NOW)
    assert refused.value.exit_code == Exit.USAGE


def test_a_simulated_folder_says_it_itself(tmp_path: Path) -> None:
    def manifest(until: str, made_by: str = "productpulse simulate") -> str | None:
        about = {"made_by": made_by, "parameters": {"until": until}}
        (tmp_path / "manifest.json").write_text(json.dumps(about))
        return told_until(tmp_path, None, NOW)

    assert told_until(tmp_path, None, NOW) is None
    assert manifest("2026-07-01T00:00:00.000000") == "2026-07-01T00:00:00Z"
    assert manifest("2031-01-01T00:00:00.000000") == "2026-07-15T12:00:00Z"
    assert manifest("2026-07-01T00:00:00.000000", "webpack") is None
    assert told_until(tmp_path, "2026-06-01", NOW) == "2026-06-01"
    (tmp_path / "manifest.json").write_text('["index.html"]')
    assert told_until(tmp_path, None, NOW) is None


def test_what_is_told_stands_in_both_ledgers_and_may_be_told_later(
    query: Query, tmp_path: Path
) -> None:
    def told() -> list[list[str | None]]:
        (ledger,) = lake_dir().glob("*/loads.parquet")
        return [
            [until for (until,) in query("select complete_until from audit.loads")],
            pq.read_table(ledger)["complete_until"].to_pylist(),
        ]

    (tmp_path / "users.csv").write_text(USERS)
    load(tmp_path, "postgres")
    load(tmp_path)
    assert told() == [[None], [None]]
    before = query("select * from raw.users")
    report = load(tmp_path, complete_until="2024-01-02")
    assert report.files[0].already_loaded and report.as_dict()["complete_until"] == "2024-01-02"
    assert told() == [["2024-01-02"], ["2024-01-02"]]
    load(tmp_path)
    assert told() == [["2024-01-02"], ["2024-01-02"]]
    assert query("select * from raw.users") == before


def test_what_one_ledger_was_told_the_other_takes_over(query: Query, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(USERS)
    load(tmp_path, "postgres", complete_until="2024-01-01T12:00:00Z")
    load(tmp_path)
    (ledger,) = lake_dir().glob("*/loads.parquet")
    assert pq.read_table(ledger)["complete_until"].to_pylist() == ["2024-01-01T12:00:00Z"]


def test_it_speaks_of_a_folder() -> None:
    done = CliRunner().invoke(app, ["run", "--complete-until", "2024-01-02"])
    assert isinstance(done.exception, PulseError)
    assert "--complete-until is about a folder" in str(done.exception)
