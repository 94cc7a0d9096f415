"""Each kind of malformed file gives a line that names it; its good rows and the next file load."""

import gzip
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from productpulse.cli import app
from productpulse.errors import Exit
from productpulse.loader.csv_records import RECORD_LIMIT

Query = Callable[[str], list[tuple]]

HEADER = b"event_id,event_name,occurred_at,properties,user_id\n"
ROWS = [b"e%d,a,2024-01-01,,u1\n" % number for number in range(1, 4)]
GOOD = HEADER + b"".join(ROWS)
LONG = HEADER + b"".join(b"e%d,a,2024-01-01,,u1\n" % number for number in range(20_000))


def with_row(row: bytes) -> bytes:
    """The good file with another third line, of which only the user stays."""
    return HEADER + ROWS[0] + row + b",u1\n" + b"".join(ROWS[1:])


def parquet(**columns: pa.Array) -> bytes:
    """A Parquet file of the good rows, with some columns replaced."""
    count = len(ROWS)
    good = {
        "event_id": pa.array([f"e{number}" for number in range(1, count + 1)]),
        "event_name": pa.array(["a"] * count),
        "user_id": pa.array(["u1"] * count),
        "occurred_at": pa.array([0] * count, pa.timestamp("us", "UTC")),
    }
    out = BytesIO()
    pq.write_table(pa.table(good | columns), out)
    return out.getvalue()


@dataclass(frozen=True)
class Kind:
    """`loads`: how many of its rows load, None when the whole file is refused. `says`: part of the
    line about it, empty when there is none. `write`: its contents, or a function that writes it."""

    name: str
    file: str
    write: bytes | Callable[[Path], object]
    loads: int | None
    says: str = ""

    def __str__(self) -> str:
        return self.name


def refused(name: str, file: str, write: bytes | Callable[[Path], object], says: str) -> Kind:
    return Kind(name, file, write, None, says)


def one_row_bad(name: str, row: bytes, says: str) -> Kind:
    return Kind(
        name, "events.csv", with_row(row), len(ROWS), f"1 of 4 rows rejected (line 3: {says}"
    )


KINDS = [
    refused("empty", "events.csv", b"", "empty file: add a header line and rows"),
    refused("blank lines only", "events.csv", b"\n \n", "empty file: add a header line and rows"),
    refused("a column missing", "events.csv", b"event_id,event_name\ne1,a\n", "occurred_at"),
    refused("a column twice", "events.csv", b"event_id," + GOOD, "names event_id twice"),
    refused("UTF-16 unmarked", "events.csv", GOOD.decode().encode("utf-16-le"), "save it as UTF-8"),
    refused(
        "UTF-16 cut off", "events.csv", GOOD.decode().encode("utf-16")[:-1], "damaged or incomplete"
    ),
    refused("JSON array", "events.csv", b'[{"event_id": "e1"}]', "JSON, which cannot be read"),
    refused("JSON lines", "events.jsonl", b'{"event_id": "e1"}\n', "this format cannot be read"),
    refused("gzip cut off", "events.csv.gz", gzip.compress(LONG)[:-100], "incomplete gzip file"),
    refused("gzip damaged", "events.csv.gz", gzip.compress(GOOD)[:-8] + bytes(8), "damaged"),
    refused("not gzip", "events.csv.gz", GOOD, "damaged or incomplete gzip file"),
    refused("gzip unnamed", "events.csv", gzip.compress(GOOD), "compressed: name it .csv.gz"),
    refused("zip", "events.csv", b"PK\x03\x04" + GOOD, "a workbook or zip archive"),
    refused("Parquet as CSV", "events.csv", parquet(), "name it .parquet"),
    refused("CSV as Parquet", "events.parquet", GOOD, "not a readable Parquet file"),
    refused("Parquet cut off", "events.parquet", parquet()[:-20], "not a readable Parquet file"),
    refused("unknown table", "orders.csv", GOOD, "no table is called 'orders'"),
    refused("a misspelt table", "event.csv", GOOD, "did you mean events?"),
    refused("a folder", "events.csv", Path.mkdir, "a folder"),
    refused("a pipe", "events.csv", os.mkfifo, "not a regular file"),
    refused("a link to itself", "events.csv", lambda p: p.symlink_to(p), "cannot be read"),
    refused("a link to nothing", "events.csv", lambda p: p.symlink_to("none"), "cannot be read"),
    Kind("header only", "events.csv", HEADER, 0),
    Kind("semicolons", "events.csv", GOOD.replace(b",", b";"), len(ROWS)),
    Kind("tabs", "events.tsv", GOOD.replace(b",", b"\t"), len(ROWS)),
    Kind("UTF-16", "events.csv", GOOD.decode().encode("utf-16"), len(ROWS)),
    Kind("byte order mark", "events.csv", b"\xef\xbb\xbf" + GOOD, len(ROWS)),
    Kind("CR LF", "events.csv", GOOD.replace(b"\n", b"\r\n"), len(ROWS)),
    Kind("CR", "events.csv", GOOD.replace(b"\n", b"\r"), len(ROWS)),
    Kind("last line not ended", "events.csv", GOOD.removesuffix(b"\n"), len(ROWS)),
    Kind(
        "an endless moment",
        "events.csv",
        with_row(b"e0,a,infinity,"),
        len(ROWS) + 1,
        "1 of 4 rows load and will be quarantined as implausible_timestamp (line 3: occurred_at"
        " infinity is not a moment)",
    ),
    Kind(
        "a moment to come",
        "events.csv",
        with_row(b"e0,a,2999-01-01,"),
        len(ROWS) + 1,
        "1 of 4 rows load and will be quarantined as future_timestamp (line 3: occurred_at"
        " 2999-01-01 00:00:00 is in the future)",
    ),
    one_row_bad("too few cells", b"e0,a", "3 cells, but the header has 5"),
    one_row_bad("too many cells", b"e0,a,2024-01-01,,,", "7 cells, but the header has 5"),
    one_row_bad("a quote left open", b'e0,"a,2024-01-01,', "a quote is opened and not closed"),
    one_row_bad("a quote in a cell", b'e0,a"b"c,2024-01-01,', "malformed quotes"),
    one_row_bad("an endless line", b"e0," + b"x" * RECORD_LIMIT, "record longer than 1 MiB"),
    one_row_bad("Latin-1", "e0,é,2024-01-01,".encode("latin-1"), "event_name"),
    one_row_bad("a NUL byte", b"e0,a\0,2024-01-01,", "event_name 'a\\x00' contains a NUL byte"),
    one_row_bad("no key", b",a,2024-01-01,", "missing event_id"),
    one_row_bad(
        "an impossible date", b"e0,a,2023-02-29,", "occurred_at '2023-02-29' is not a timestamp"
    ),
    one_row_bad(
        "a day of the year 0", b"e0,a,0000-01-01,", "occurred_at '0000-01-01' is not a timestamp"
    ),
    one_row_bad("broken JSON", b'e0,a,2024-01-01,"{""a"": "', "properties '{\"a\": ' is not JSON"),
    one_row_bad(
        "NaN in JSON", b'e0,a,2024-01-01,"{""a"": NaN}"', "properties '{\"a\": NaN}' is not JSON"
    ),
    one_row_bad(
        "deep JSON", b"e0,a,2024-01-01," + b"[" * 99_999, f"properties '{'[' * 60}…' is nested"
    ),
    Kind(
        "a wrong type in Parquet",
        "events.parquet",
        parquet(occurred_at=pa.array([True] * len(ROWS))),
        0,
        "3 of 3 rows rejected (row 1: occurred_at",
    ),
]


def load(folder: Path) -> Result:
    return CliRunner().invoke(app, ["load", str(folder)])


def lines(told: Result, beginning: str) -> list[str]:
    return [line for line in told.stderr.splitlines() if line.startswith(beginning)]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_malformed_file_is_one_line_and_its_good_rows(
    kind: Kind, query: Query, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "users.csv").write_bytes(b"user_id,created_at\nu1,2024-01-01\n")
    path = folder / kind.file
    if isinstance(kind.write, bytes):
        path.write_bytes(kind.write)
    else:
        kind.write(path)

    told = load(folder)
    assert not told.stderr.count("Traceback")
    is_refused = kind.loads is None
    assert len(lines(told, f"error: {kind.file}: ")) == len(lines(told, "error: ")) == is_refused
    is_told = bool(kind.says) and not is_refused
    assert len(lines(told, f"warning: {kind.file}: ")) == len(lines(told, "warning: ")) == is_told
    assert kind.says in told.stderr
    is_lost = is_refused or (is_told and not kind.loads)
    assert told.exit_code == (Exit.PARTLY_LOADED if is_lost else Exit.OK)
    assert query("select count(*) from raw.users") == [(1,)]
    assert query("select count(*) from raw.events") == [(kind.loads or 0,)]
    assert query("select count(*) from audit.loads") == [(1 if is_refused else 2,)]

    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "events.csv").write_bytes(LONG)
    assert load(folder).exit_code == Exit.OK
    ((keys,),) = query("select count(distinct event_id) from raw.events")
    assert keys == LONG.count(b"\n") - 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_line(query: Query, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_bytes(GOOD)
    (tmp_path / "events.csv").chmod(0)
    told = load(tmp_path)
    assert told.exit_code == Exit.PARTLY_LOADED
    assert lines(told, "error: ") == [
        "error: events.csv: no permission to read it: change its permissions or its owner"
    ]
    assert query("select count(*) from raw.events") == [(0,)]


@pytest.mark.parametrize("value", [str(2**63), "1e400", "NaN", "inf", "1.5", "0x10", "1_000", "١"])
def test_a_number_that_is_none_or_too_large_is_rejected(
    value: str, query: Query, tmp_path: Path
) -> None:
    (tmp_path / "nps_responses.csv").write_text(
        f"response_id,user_id,responded_at,score\nr1,u1,2024-01-01,9\nr2,u1,2024-01-01,{value}\n"
    )
    told = load(tmp_path)
    assert told.exit_code == Exit.OK
    assert f"(line 3: score '{value}' is not a whole number)" in told.stderr
    assert query("select response_id from raw.nps_responses") == [("r1",)]
