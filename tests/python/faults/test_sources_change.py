"""What a source may change from one day to the next is reported, and nothing is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from productpulse.cli import app
from productpulse.errors import Exit

Query = Callable[[str], list[tuple]]

COUNTRIES = ("DE", "US", "JP")


def users(count: int, day: int = 1) -> str:
    """An export of users that differs from day to day in one name."""
    rows = "".join(
        f"u{n},name {n if n else day},{COUNTRIES[n % 3]},2024-01-01\n" for n in range(count)
    )
    return f"user_id,full_name,country,created_at\n{rows}"


def load(folder: Path, text: str) -> Result:
    folder.mkdir(exist_ok=True)
    (folder / "users.csv").write_text(text)
    return CliRunner().invoke(app, ["load", str(folder)])


def said(told: Result) -> list[str]:
    return [line for line in told.stderr.splitlines() if line.startswith(("error: ", "warning: "))]


@dataclass(frozen=True)
class Change:
    """How an export of 30 users changes, what is reported, and how many rows are loaded."""

    name: str
    change: Callable[[str], str]
    says: tuple[str, ...]
    loads: int
    code: Exit = Exit.OK

    def __str__(self) -> str:
        return self.name


IGNORED = "warning: users.csv: columns not in the raw schema are ignored: "
GONE = (
    "warning: users.csv: the last load of users had {}, which is missing here: loaded"
    " without it; add it to the file unless this is intended"
)
MISSING = "error: users.csv: missing column {}: add to the header and the rows"


def without(column: int) -> Callable[[str], str]:
    def drop(text: str) -> str:
        rows = [line.split(",") for line in text.splitlines()]
        return "".join(",".join(row[:column] + row[column + 1 :]) + "\n" for row in rows)

    return drop


CHANGES = [
    Change(
        "a column added",
        lambda text: text.replace("\n", ",42\n").replace("42", "shoe_size", 1),
        (IGNORED + "shoe_size",),
        30,
    ),
    Change("a column dropped", without(2), (GONE.format("country"),), 30),
    Change(
        "two columns dropped",
        lambda text: without(1)(without(2)(text)),
        (GONE.format("full_name, country"),),
        30,
    ),
    Change(
        "a column that is needed dropped",
        without(3),
        (MISSING.format("created_at"),),
        0,
        Exit.PARTLY_LOADED,
    ),
    Change(
        "a column renamed",
        lambda text: text.replace("country", "country_id"),
        (IGNORED + "country_id", GONE.format("country (is it country_id?)")),
        30,
    ),
    Change(
        "a column that is needed renamed",
        lambda text: text.replace("created_at", "created"),
        (MISSING.format("created_at (is it created?)"),),
        0,
        Exit.PARTLY_LOADED,
    ),
    Change(
        "columns in another order",
        lambda text: "".join(",".join(line.split(",")[::-1]) + "\n" for line in text.splitlines()),
        (),
        30,
    ),
    Change(
        "a column of another type",
        lambda text: text.replace("2024-01-01", "1704067200"),
        (
            "warning: users.csv: 30 of 30 rows rejected (line 2: created_at '1704067200' is not a"
            " timestamp: state `timestamps: epoch_seconds` for this table in load.yml; …), see"
            " audit.rejected_rows",
        ),
        0,
        Exit.PARTLY_LOADED,
    ),
    Change(
        "a column of another type in some rows",
        lambda text: text.replace("JP,2024-01-01", "JP,1704067200"),
        (
            "warning: users.csv: 10 of 30 rows rejected (line 4: created_at '1704067200' is not a"
            " timestamp: state `timestamps: epoch_seconds` for this table in load.yml; …), see"
            " audit.rejected_rows",
        ),
        20,
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_changed_export_is_said_and_the_next_one_makes_it_good(
    change: Change, query: Query, tmp_path: Path
) -> None:
    assert load(tmp_path / "1", users(30)).exit_code == Exit.OK
    told = load(tmp_path / "2", change.change(users(30, day=2)))
    assert tuple(said(told)) == change.says
    assert told.exit_code == change.code
    assert query("select count(*) from raw.users") == [(30 + change.loads,)]

    again = load(tmp_path / "3", users(30, day=3))
    assert again.exit_code == Exit.OK
    assert [line for line in said(again) if "is missing here" in line] == []
    latest = (
        "select user_id, full_name, country from raw.users"
        " where loaded_at = (select max(loaded_at) from raw.users)"
    )
    expected = [tuple(line.split(",")[:3]) for line in users(30, day=3).splitlines()[1:]]
    assert sorted(query(latest)) == sorted(expected)


@pytest.mark.parametrize(
    ("earlier", "count", "is_said"),
    [
        ((100, 100, 100), 10, True),
        ((100, 100, 100), 11, False),
        ((100, 100, 100), 0, True),
        ((1000, 90, 100), 10, True),
        ((1000, 90, 100), 11, False),
        ((100, 100), 0, False),
        ((0, 0, 0), 0, False),
    ],
)
def test_a_load_that_brings_a_tenth_of_what_is_usual_or_less_says_so(
    earlier: tuple[int, ...], count: int, is_said: bool, query: Query, tmp_path: Path
) -> None:
    for day, rows in enumerate((*earlier, count)):
        # blank lines do not count, but make each day's file different
        told = load(tmp_path / str(day), users(rows, day) + "\n" * day)
    assert told.exit_code == Exit.OK
    line = (
        f"warning: users.csv: {count} rows loaded, but a load of users usually brings 100"
        " (median of 3): check that the export is complete"
    )
    assert [line for line in said(told) if "usually" in line] == [line] * is_said
    assert query("select count(*) from raw.users") == [(sum(earlier) + count,)]
