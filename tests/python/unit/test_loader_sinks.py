"""Postgres and the lake get exactly what was in the files, once."""

import gzip
import hashlib
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from productpulse.database import connect
from productpulse.errors import Exit
from productpulse.loader.load import load
from productpulse.loader.postgres_sink import ensure_raw_tables
from productpulse.loader.types import INFINITY
from productpulse.raw_schema import raw_tables

Query = Callable[[str], list[tuple]]

HOSTILE = [
    *("plain", " ", "a,b", 'say "hi"', '"', '""', "'", "'; drop table raw.users; --", "\\.", "\\N"),
    *("\\", "line\nbreak", "x\n\\.\ny", "\r", "\r\n", "\ttab", "\u202eright to left", "שלום"),
    *("NULL", "null", "é", "e\u0301", "\u200b", "\ufeff", "\x01\x7f", "$$", "%s {0}"),
    *("\U0001f600", "x" * 100_000),
]
USERS = "user_id,created_at\nu1,2024-01-01\nu2,yesterday\n"


def lake(statement: str) -> list[tuple]:
    """Query DuckDB; `{table}` means all Parquet files of a table."""
    parts = statement.split("{")
    for at, part in enumerate(parts[1:], 1):
        table, rest = part.split("}")
        parts[at] = f"'{os.environ['PULSE_LAKE']}/*/{table}.parquet'{rest}"
    with duckdb.connect() as connection:
        # Through Arrow, whose timestamps keep their zone without other packages.
        rows = connection.sql("".join(parts)).to_arrow_table().to_pylist()
    return [tuple(row.values()) for row in rows]


def put(place: Path, **files: str | bytes) -> Path:
    place.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (place / name.replace("__", ".")).write_bytes(data)
    return place


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_hostile_text_arrives_unchanged_in_both(query: Query, tmp_path: Path, kind: str) -> None:
    texts = HOSTILE if kind == "csv" else [*HOSTILE, ""]
    rows = pa.table(
        {
            "response_id": [f"{i:03}" for i in range(len(texts))],
            "user_id": texts,
            "responded_at": ["2024-01-01"] * len(texts),
            "score": range(len(texts)),
            "comment": [*texts[:-1], None],
        }
    )
    place = put(tmp_path / "in")
    if kind == "csv":
        pa.csv.write_csv(rows, place / "nps_responses.csv")
    else:
        pq.write_table(rows, place / "nps_responses.parquet")
    report = load(place)
    assert report.files[0].loaded_rows == len(texts)
    expected = list(zip(texts, [*texts[:-1], None], strict=True))
    wanted = "select user_id, comment from {} order by response_id"
    assert query(wanted.format("raw.nps_responses")) == expected
    assert lake(wanted.format("{nps_responses}")) == expected


def test_each_type_arrives_unchanged_in_both(query: Query, tmp_path: Path) -> None:
    header = (
        "change_id,subscription_id,changed_at,status,plan_id,billing_interval,quantity,unit_amount"
        ",discount_percent,discount_ends_at,currency\n"
    )
    changes = (
        "1,s,0001-01-01,a,p,m,9223372036854775807,-9223372036854775808,99999.9999,infinity,USD\n"
        "2,s,9999-12-31T23:59:59.999999Z,a,p,m,0,12,-0.5000,-infinity,USD\n"
        "3,s,2024-02-29 12:00:00.123456+05:30,a,p,m,1,1,,,USD\n"
    )
    events = (
        "event_id,event_name,occurred_at,properties\n"
        '1,a,1970-01-01,"{""b"" :  1.0, ""a"": ""\\u00e9""}"\n2,a,2024-01-01,\n'
    )
    users = "user_id,created_at,is_internal\n1,2024-01-01,yes\n2,2024-01-01,0\n3,2024-01-01,\n"
    place = tmp_path / "in"
    load(
        put(place, subscription_changes__csv=header + changes, events__csv=events, users__csv=users)
    )
    asked = (
        "select cast(changed_at as text), quantity, unit_amount, discount_percent,"
        " cast(discount_ends_at as text) from {} order by change_id"
    )
    rows = lake(asked.format("{subscription_changes}"))
    assert query(asked.format("raw.subscription_changes")) == rows
    assert [str(row[0]) for row in rows] == [
        "0001-01-01 00:00:00+00",
        "9999-12-31 23:59:59.999999+00",
        "2024-02-29 06:30:00.123456+00",
    ]
    assert [row[4] for row in rows] == ["infinity", "-infinity", None]
    asked = "select cast(properties as text) from {} order by event_id"
    assert query(asked.format("raw.events")) == lake(asked.format("{events}"))
    assert query(asked.format("raw.events"))[0] == ('{"b" :  1.0, "a": "\\u00e9"}',)
    asked = "select is_internal from {} order by user_id"
    assert query(asked.format("raw.users")) == lake(asked.format("{users}"))
    assert query(asked.format("raw.users")) == [(True,), (False,), (None,)]


def test_endless_timestamps_of_parquet_stay_endless(query: Query, tmp_path: Path) -> None:
    ends = pa.array([INFINITY, -INFINITY, 0], pa.int64()).cast(pa.timestamp("us", "UTC"))
    place = put(tmp_path / "in")
    pq.write_table(pa.table({"user_id": [1, 2, 3], "created_at": ends}), place / "users.parquet")
    load(place)
    asked = "select user_id, cast(created_at as text) from {} order by user_id"
    expected = [("1", "infinity"), ("2", "-infinity"), ("3", "1970-01-01 00:00:00+00")]
    assert query(asked.format("raw.users")) == expected
    assert lake(asked.format("{users}")) == expected


def test_the_same_rows_in_three_formats_give_equal_tables(query: Query, tmp_path: Path) -> None:
    count = 5000
    instants = pa.array(range(0, count * 10**9, 10**9), pa.int64()).cast(pa.timestamp("us", "UTC"))
    rows = pa.table(
        {
            "event_id": [f"e{i}" for i in range(count)],
            "user_id": [None if i % 7 == 0 else f"{i % 50}" for i in range(count)],
            "event_name": ["a", "b"] * (count // 2),
            "occurred_at": instants,
            "properties": [f'{{"n": {i}}}' if i % 3 else None for i in range(count)],
        }
    )
    plain = tmp_path / "events.csv"
    pa.csv.write_csv(rows, plain)
    packed = gzip.compress(plain.read_bytes() + b"\n")  # not the same content as the plain file
    pq.write_table(rows, tmp_path / "events.parquet")
    tables = []
    for name, data in (
        ("events__csv", plain.read_bytes()),
        ("events__csv__gz", packed),
        ("events__parquet", (tmp_path / "events.parquet").read_bytes()),
    ):
        load(put(tmp_path / name, **{name: data}))
        asked = (
            "select event_id, user_id, event_name, cast(occurred_at as text),"
            " cast(properties as text) from {} order by 1"
        )
        tables.append(query(asked.format("raw.events")))
        assert lake(asked.format("{events}")) == tables[-1]
        query("truncate raw.events")
        for file in Path(os.environ["PULSE_LAKE"]).glob("*/events.parquet"):
            file.unlink()
    assert len(tables[0]) == count
    assert tables[0] == tables[1] == tables[2]


def test_ledger_and_rejected_rows_are_the_same_in_both(query: Query, tmp_path: Path) -> None:
    report = load(put(tmp_path / "in", users__csv=USERS + '"u3\n'))
    digest = hashlib.sha256((USERS + '"u3\n').encode()).hexdigest()
    load_id = hashlib.sha256(f"users {digest}".encode()).hexdigest()[:16]
    ledger = query("select * from audit.loads")
    *told, loaded_at, columns, until, origin = ledger[0]
    assert len(ledger) == 1
    assert told == [load_id, "users", "users.csv", digest, 3, 1, 2]
    assert (columns, until, origin) == ("user_id,created_at", None, "own")
    rejected = query("select * from audit.rejected_rows order by line_number")
    assert [row[:-1] for row in rejected] == [
        (load_id, "users", "users.csv", 3, "u2,yesterday",
         "created_at 'yesterday' is not a timestamp"),
        (load_id, "users", "users.csv", 4, '"u3', "a quote is opened and not closed"),
    ]  # fmt: skip
    assert lake("select * from {loads}") == ledger
    assert lake("select * from {rejected_rows} order by line_number") == rejected
    stamps = query("select loaded_at, load_id from raw.users")
    assert stamps == lake("select loaded_at, load_id from {users}")
    assert stamps == [(report.loaded_at, load_id)] == [(loaded_at, report.load_id)]
    assert "see audit.rejected_rows" in report.warnings[0]


def everything(query: Query) -> list[list[tuple]]:
    tables = ("raw.users", "raw.events", "audit.loads", "audit.rejected_rows")
    copies = ("users", "loads", "rejected_rows")
    return [query(f"select * from {table} order by 1, 2, 3, 4") for table in tables] + [
        lake(f"select * from {{{table}}} order by 1, 2, 3, 4") for table in copies
    ]


def test_the_same_content_again_changes_nothing_whatever_its_file(
    query: Query, tmp_path: Path
) -> None:
    load(put(tmp_path / "in", users__csv=USERS))
    before = everything(query)
    for place in (
        tmp_path / "in",
        put(tmp_path / "packed", users__csv__gz=gzip.compress(USERS.encode())),
    ):
        report = load(place)
        assert [file.already_loaded for file in report.files] == [True]
        assert report.load_id is None
        assert not report.warnings
        assert everything(query) == before


def test_a_changed_file_is_a_new_load_and_only_what_is_new_is_loaded(
    query: Query, tmp_path: Path
) -> None:
    events = "event_id,event_name,occurred_at\n1,a,2024-01-01\n"
    place = put(tmp_path / "in", users__csv=USERS)
    first = load(place)
    second = load(put(place, events__csv=events))
    third = load(put(place, users__csv=USERS + "u3,2024-01-02\n"))
    assert len({first.load_id, second.load_id, third.load_id}) == 3
    assert query("select count(*) from raw.events") == [(1,)]
    assert query("select user_id from raw.users order by 1") == [("u1",), ("u1",), ("u3",)]
    assert lake("select count(*) from {users}") == [(3,)]
    assert (
        query("select count(*) from audit.loads") == lake("select count(*) from {loads}") == [(3,)]
    )


def test_each_target_has_its_ledger_and_the_other_is_completed_with_the_same_stamp(
    query: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = "event_id,event_name,occurred_at\n1,a,2024-01-01\n"
    place = put(tmp_path / "in", users__csv=USERS)
    with monkeypatch.context() as without_server:
        without_server.setenv("PULSE_DATABASE_URL", "postgresql://someone@127.0.0.1:1/none")
        load(place, "duckdb")
    assert query("select count(*) from pg_namespace where nspname = 'raw'") == [(0,)]
    assert load(place, "postgres").files[0].loaded_into == ("postgres",)

    later = load(put(place, events__csv=events), "postgres")
    both = load(place)
    assert {file.table: file.loaded_into for file in both.files} == {
        "users": (),
        "events": ("lake",),
    }
    assert both.load_id is None
    assert lake("select loaded_at, load_id from {events}") == [(later.loaded_at, later.load_id)]
    assert query("select count(*) from raw.users") == lake("select count(*) from {users}") == [(1,)]


def test_files_of_one_load_may_reach_the_lake_one_after_the_other(
    query: Query, tmp_path: Path
) -> None:
    events = "event_id,event_name,occurred_at\n1,a,2024-01-01\n"
    place = put(tmp_path / "in", users__csv=USERS, events__csv=events)
    load(place, "postgres")
    load(put(tmp_path / "part", users__csv=USERS))
    load(place)
    assert lake("select count(*), count(distinct load_id) from {loads}") == [(2, 1)]
    assert lake("select count(*) from {events}") == [(1,)]


def test_header_only_files_and_absent_tables_leave_empty_tables(
    query: Query, tmp_path: Path
) -> None:
    report = load(put(tmp_path / "in", users__csv="user_id,created_at\n"))
    assert report.warnings == ["no users yet: users is the only required table: add it"]
    for table in raw_tables():
        assert query(f"select count(*) from raw.{table}") == [(0,)]
    assert query("select landed_rows from audit.loads") == [(0,)]
    assert lake("select * from {users}") == []


def test_an_older_raw_table_gets_the_columns_it_lacks(query: Query, tmp_path: Path) -> None:
    query("create schema raw")
    query("create table raw.users (user_id text, more int, created_at timestamptz)")
    query("comment on table raw.users is 'made by productpulse'")
    query("insert into raw.users values ('old', 1, '2020-01-01')")
    load(put(tmp_path / "in", users__csv="user_id,created_at,email\nu1,2024-01-01,e\n"))
    assert query("select user_id, email, more from raw.users order by 1") == [
        ("old", None, 1),
        ("u1", "e", None),
    ]


def test_raw_tables_have_the_types_of_the_raw_schema(query: Query) -> None:
    for _ in range(2):
        with closing(connect()) as connection:
            ensure_raw_tables(connection)
    found = query(
        "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a"
        " join pg_class c on c.oid = a.attrelid where relnamespace = 'raw'::regnamespace"
        " and relkind = 'r' and attnum > 0 order by c.relname, attnum"
    )
    names = {"timestamptz": "timestamp with time zone"}
    assert found == [
        (table.name, column.name, names.get(column.data_type, column.data_type))
        for table in sorted(raw_tables().values(), key=lambda table: table.name)
        for column in table.columns
    ]


def test_loaded_tables_are_analyzed(query: Query, tmp_path: Path) -> None:
    load(put(tmp_path / "in", users__csv=USERS))
    assert query("select reltuples from pg_class where oid = 'raw.users'::regclass") == [(1,)]


def test_a_file_of_which_no_row_loads_is_a_failure(query: Query, tmp_path: Path) -> None:
    report = load(put(tmp_path / "in", users__csv="user_id,created_at\nu1,\n"))
    assert report.exit_code == Exit.PARTLY_LOADED


def test_rejected_rows_alone_are_no_failure(query: Query, tmp_path: Path) -> None:
    report = load(put(tmp_path / "in", users__csv="user_id,created_at\nu1,\nu2,2024-01-01\n"))
    assert report.exit_code == Exit.OK
    assert query("select reason from audit.rejected_rows") == [("missing created_at",)]
