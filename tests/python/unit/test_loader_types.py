"""Values of files in the types of the contract, at their edges."""

import math
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from productpulse.loader.accept import judge
from productpulse.loader.coerce import coerce
from productpulse.loader.records import Chunk
from productpulse.loader.types import INFINITY
from productpulse.raw_schema import Column, raw_tables


def read(data_type: str, values: pa.Array | list) -> tuple[list, list[tuple[int, str]]]:
    """The values in the type, timestamps as ISO text or as microseconds where endless."""
    array = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    out, faults = coerce(array, Column("x", data_type, "optional"))
    if data_type != "timestamptz":
        return out.to_pylist(), faults
    ticks = out.cast(pa.int64()).to_pylist()
    return [
        t if t is None or abs(t) == INFINITY else out[i].as_py().isoformat()
        for i, t in enumerate(ticks)
    ], faults


def good(data_type: str, values: pa.Array | list) -> list:
    out, faults = read(data_type, values)
    assert not faults
    return out


def is_refused(data_type: str, value: Any) -> bool:
    array = value if isinstance(value, pa.Array) else pa.array([value])
    out, faults = read(data_type, array)
    assert (out == [None]) == bool(faults)
    return bool(faults)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-02-29", "2024-02-29T00:00:00+00:00"),
        ("1970-01-01", "1970-01-01T00:00:00+00:00"),
        ("0001-01-01", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00"),
        ("2024-01-02 03:04", "2024-01-02T03:04:00+00:00"),
        ("2024-01-02T03:04:05.5", "2024-01-02T03:04:05.500000+00:00"),
        ("2024-01-02T03:04:05.123456789", "2024-01-02T03:04:05.123456+00:00"),
        ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999+00:00"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02t03:04:05z", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02 03:04:05+02:00", "2024-01-02T01:04:05+00:00"),
        ("2024-01-02 03:04:05-0530", "2024-01-02T08:34:05+00:00"),
        ("2024-01-01 00:04:05+02", "2023-12-31T22:04:05+00:00"),
        (" 2024-01-02 ", "2024-01-02T00:00:00+00:00"),
        ("infinity", INFINITY),
        ("-Infinity", -INFINITY),
    ],
)
def test_a_timestamp_reads_the_same_alone_and_among_others(text: str, instant: Any) -> None:
    assert good("timestamptz", [text]) == [instant]
    among = good("timestamptz", ["2024-01-01T00:00:00Z", text, "2024-01-01", None, "infinity"])
    assert among[1] == instant
    assert among[3] is None


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "2024-02-30", "2023-02-29", "2024-13-01", "24-01-01", "2024-1-1"),
        *("01/02/2024", "20240102", "2024-W01-1", "1700000000", "0000-01-01", "10000-01-01"),
        *("2024-01-01T24:00:00", "2024-01-01T10:60:00", "2024-01-01T10:00:60", "2024-01-01Z"),
        *("0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2024-01-01T00:00+24:00"),
        *("٢٠٢٤-01-01", " ", "nan", "NaT", "inf", "2024-01-01T", "2024-01-01T10:00:00.", "now"),
    ],
)
def test_what_is_no_timestamp_is_refused_alone_and_among_others(text: str) -> None:
    assert is_refused("timestamptz", text)
    out, faults = read("timestamptz", ["2024-01-01", text, "2024-01-01T00:00:00Z"])
    assert faults == [(1, f"x {text!r} is not a timestamp")]
    assert out[1] is None
    assert out[0] == out[2] == "2024-01-01T00:00:00+00:00"


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Kathmandu"])
def test_timestamps_of_parquet_keep_their_instant(unit: str, zone: str | None) -> None:
    kind = pa.timestamp(unit, zone)
    second = 10 ** {"s": 0, "ms": 3, "us": 6, "ns": 9}[unit]
    values = pa.array([0, 86_400 * second, -second, None], pa.int64()).cast(kind)
    assert good("timestamptz", values) == [
        "1970-01-01T00:00:00+00:00",
        "1970-01-02T00:00:00+00:00",
        "1969-12-31T23:59:59+00:00",
        None,
    ]


def test_nanoseconds_are_cut_off_towards_the_past() -> None:
    values = pa.array([1999, -1, 2**63 - 1], pa.int64()).cast(pa.timestamp("ns"))
    assert good("timestamptz", values) == [
        "1970-01-01T00:00:00.000001+00:00",
        "1969-12-31T23:59:59.999999+00:00",
        "2262-04-11T23:47:16.854775+00:00",
    ]


def test_dates_of_parquet_are_midnights_and_endless_timestamps_stay() -> None:
    day = date(2024, 2, 29)
    for kind in (pa.date32(), pa.date64()):
        assert good("timestamptz", pa.array([day, None], kind)) == [
            "2024-02-29T00:00:00+00:00",
            None,
        ]
    ends = pa.array([INFINITY, -INFINITY], pa.int64()).cast(pa.timestamp("us", "UTC"))
    assert good("timestamptz", ends) == [INFINITY, -INFINITY]


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_timestamps_of_parquet_outside_the_years_1_to_9999_are_refused(unit: str) -> None:
    second = 10 ** {"s": 0, "ms": 3, "us": 6}[unit]
    for ticks in (253_402_300_800 * second, -62_135_596_800 * second - 1, 2**63 - 2, -(2**63) + 2):
        values = pa.array([ticks], pa.int64()).cast(pa.timestamp(unit))
        assert is_refused("timestamptz", values), ticks
    last = pa.array([253_402_300_799 * second, -62_135_596_800 * second], pa.int64())
    assert good("timestamptz", last.cast(pa.timestamp(unit))) == [
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+00:00",
    ]


def test_numbers_are_not_taken_for_timestamps() -> None:
    assert is_refused("timestamptz", 1_700_000_000)
    assert is_refused("timestamptz", True)


def test_whole_numbers() -> None:
    texts = ["0", "-7", "+7", "12.0", "1e3", " 5 ", "9223372036854775807", "-9223372036854775808"]
    assert good("bigint", texts) == [0, -7, 7, 12, 1000, 5, 2**63 - 1, -(2**63)]
    assert good("bigint", ["007", None, ""]) == [7, None, None]
    assert good("bigint", pa.array([1.0, math.nan, None])) == [1, None, None]
    assert good("bigint", pa.array([255], pa.uint8())) == [255]
    assert good("bigint", pa.array([Decimal("5.00")])) == [5]
    for text in ("12.5", "9223372036854775808", "1e400", "0x10", "1_000", "1,000", "٣", "nan", "-"):
        assert is_refused("bigint", text), text
    assert is_refused("bigint", 12.5)
    assert is_refused("bigint", pa.array([2**63], pa.uint64()))
    assert is_refused("bigint", True)


def test_booleans() -> None:
    yes, no = ["true", "T", "yes", "Y", "1", "tRuE"], ["false", "F", "no", "N", "0", " false "]
    assert good("boolean", yes) == [True] * 6
    assert good("boolean", no) == [False] * 6
    assert good("boolean", pa.array([True, None])) == [True, None]
    assert good("boolean", pa.array([1.0, 0.0, math.nan])) == [True, False, None]
    for text in ("on", "2", "maybe", "null", "-1"):
        assert is_refused("boolean", text), text


def test_numbers_with_declared_digits() -> None:
    texts = ["12.5", "12.500000", "-.5", "1e2", "99999.9999", "5.", None]
    assert good("numeric(9,4)", texts) == [
        *(Decimal("12.5"), Decimal("12.5"), Decimal("-0.5"), Decimal(100)),
        *(Decimal("99999.9999"), Decimal(5), None),
    ]
    assert good("numeric(9,4)", ["+12.50000", "x"[:0]]) == [Decimal("12.5"), None]
    assert good("numeric(9,4)", pa.array([12.5, math.nan])) == [Decimal("12.5"), None]
    for text in ("1.23456", "100000", "NaN", "inf", "12,5", "0x1", "1e400", "1e-400", "--1"):
        assert is_refused("numeric(9,4)", text), text
    assert is_refused("numeric(9,4)", math.inf)


def test_keys_become_text_without_a_decimal_point() -> None:
    assert good("text", pa.array([123, None], pa.int32())) == ["123", None]
    floats = pa.array([123.0, -0.0, 0.1, 1e16, math.nan, None])
    assert good("text", floats) == ["123", "0", "0.1", "10000000000000000", None, None]
    assert good("text", pa.array([1.5], pa.float16())) == ["1.5"]
    assert good("text", pa.array(["a", "b", "a"]).dictionary_encode()) == ["a", "b", "a"]
    assert good("text", pa.array([b"ab"], pa.binary(2))) == ["ab"]
    assert good("text", pa.nulls(2)) == [None, None]
    assert good("text", pa.array([True])) == ["true"]
    assert good("text", pa.array([Decimal("7")])) == ["7"]
    key = uuid.uuid4()
    assert good("text", pa.array([key.bytes], pa.uuid())) == [str(key)]
    for kind in (pa.large_string(), pa.string_view(), pa.large_binary(), pa.binary_view()):
        assert good("text", pa.array([b"\xc3\xa9", b""], kind)) == ["é", ""]


def test_text_stays_as_it_is_and_only_nul_and_bad_utf_8_are_refused() -> None:
    texts = ["", " ", "é", "\u202eright", "a\nb", "'; drop table users; --", "x" * 100_000]
    assert good("text", texts) == texts
    out, faults = read("text", pa.array([b"ok", b"caf\xe9", b"a\0b", None], pa.binary()))
    assert out == ["ok", None, None, None]
    assert faults == [
        (1, "x 'caf\ufffd' is not valid UTF-8"),
        (2, "x 'a\\x00b' contains a NUL byte"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *('{"a": 1}', " [1, 2.5e3, true, null]\n", '"x"', "7", '{"a":1,"a":2}', "1" * 5000),
        *(r'"\ud83d\ude00"', r'"\\u0000"', r'"\\\\ud800"', '"\u202e"', '{"k": "\\u00e9"}'),
    ],
)
def test_json_is_kept_exactly_as_it_came(text: str) -> None:
    assert good("json", [text, text]) == [text, text]


@pytest.mark.parametrize(
    "text",
    [
        *("{'a': 1}", '{"a": NaN}', "[Infinity]", "{", "", " ", "nope", "[1,]", '"a\nb"', "01"),
        *('"\\u0000"', '{"\\u0000": 1}', r'"\ud800"', r'"\udc00\ud800"', r'"\\\ud800x"'),
        *("[" * 100_000, "[" * 100_000 + "]" * 100_000),
    ],
)
def test_json_that_a_database_could_not_read_is_refused(text: str) -> None:
    _, faults = read("json", [text, "{}", text])
    assert [row for row, _ in faults] == [0, 2]


def test_nested_columns_become_json() -> None:
    rows = [{"a": 1, "t": datetime(2024, 1, 1, tzinfo=UTC), "f": math.nan}, None]
    kind = pa.struct({"a": pa.int64(), "t": pa.timestamp("us", "UTC"), "f": pa.float64()})
    assert good("json", pa.array(rows, kind)) == [
        '{"a": 1, "t": "2024-01-01T00:00:00+00:00", "f": null}',
        None,
    ]
    assert good("json", pa.array([[("k", "é")]], pa.map_(pa.string(), pa.string()))) == [
        '{"k": "é"}'
    ]
    assert good("json", pa.array([[1, None]])) == ["[1, null]"]


def judged(table: str, **columns: list) -> tuple[list[dict], list[tuple[int, str]]]:
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    count = len(next(iter(arrays.values())))
    chunk = Chunk(arrays, count, lambda row: (row + 2, f"row {row}"), [], 0)
    result = judge(chunk, raw_tables()[table])
    return result.rows.to_pylist(), [(r.line_number, r.reason) for r in result.rejected]


def test_several_faults_of_a_row_make_one_rejected_row() -> None:
    rows, rejected = judged(
        "users",
        user_id=["1", None, "3", ""],
        created_at=["2024-01-01", "then", None, "2024-01-01"],
        is_internal=["1", "maybe", None, None],
    )
    assert [row["user_id"] for row in rows] == ["1", ""]
    assert rejected == [
        (3, "missing user_id; is_internal 'maybe' is not a boolean; created_at 'then' is not a"
            " timestamp"),
        (4, "missing created_at"),
    ]  # fmt: skip


def test_one_of_several_columns_must_be_filled() -> None:
    rows, rejected = judged(
        "subscriptions",
        subscription_id=["1", "2", "3"],
        account_id=["a", None, None],
        user_id=[None, "u", None],
        created_at=["2024-01-01"] * 3,
    )
    assert len(rows) == 2
    assert rejected == [(4, "missing account_id or user_id")]


def test_a_nullable_value_may_be_empty_and_an_absent_optional_column_is_null() -> None:
    rows, rejected = judged(
        "accounts",
        account_id=["a"],
        name=[None],
        industry=[None],
        company_size=[None],
        country=[None],
        created_at=["2024-01-01"],
    )
    assert not rejected
    assert rows[0]["country"] is None


def test_reasons_show_long_values_shortened() -> None:
    _, faults = read("bigint", ["y" * 5000])
    assert len(faults[0][1]) < 120
