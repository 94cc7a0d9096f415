"""Values of files in the types of the raw schema, at their edges."""

import math
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from productpulse.loader.classify import classify
from productpulse.loader.coerce import coerce
from productpulse.loader.money import coerce_money
from productpulse.loader.records import Chunk
from productpulse.loader.statement import NOTHING, Statement
from productpulse.loader.types import INFINITY
from productpulse.raw_schema import Column, raw_tables


def read(
    data_type: str, values: pa.Array | list, stated: Statement = NOTHING
) -> tuple[list, list[tuple[int, str]]]:
    """The values in the type; timestamps as ISO text, or as microseconds where infinite."""
    array = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    out, faults = coerce(array, Column("x", data_type, "optional"), stated)
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
        *("yesterday", "2024-02-30", "2023-02-29", "2024-13-01", "2024-W01-1", "17000000"),
        *("0000-01-01", "10000-01-01", "1700000000.5", "31.02.2024", "13/13/2024", "1.2.3.4"),
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


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("01.02.2026", ["%d.%m.%Y"]),
        ("1.2.26", ["%d.%m.%y"]),
        ("01.02.2026 07:05", ["%d.%m.%Y %H:%M"]),
        ("01/02/2026", ["%d/%m/%Y", "%m/%d/%Y"]),
        ("13/02/2026", ["%d/%m/%Y"]),
        ("02/13/2026 3:04:05 PM", ["%m/%d/%Y %I:%M:%S %p"]),
        ("2026/02/01", ["%Y/%m/%d"]),
        ("2026-2-1", ["%Y-%m-%d"]),
        ("24-01-01", ["%d-%m-%y", "%y-%m-%d"]),
        ("20260201", ["%Y%m%d"]),
    ],
)
def test_a_date_in_another_form_is_refused_with_what_to_state(text: str, forms: list[str]) -> None:
    stated = " or ".join(f"`timestamps: '{form}'`" for form in forms)
    _, faults = read("timestamptz", ["2024-01-01", text])
    assert faults == [
        (
            1,
            f"x {text!r} is not a timestamp: write YYYY-MM-DD, or state {stated} for this table in"
            " load.yml",
        )
    ]


@pytest.mark.parametrize(
    ("text", "unit"),
    [("1767261600", "seconds"), ("1767261600123", "milliseconds"), ("1" * 16, "microseconds")],
)
def test_a_number_since_1970_is_refused_with_what_to_state(text: str, unit: str) -> None:
    reason = f"x {text!r} is not a timestamp: state `timestamps: epoch_{unit}` for this table in"
    assert read("timestamptz", [text])[1] == [(0, f"{reason} load.yml")]
    assert read("timestamptz", pa.array([int(text)]))[1] == [(0, f"{reason} load.yml")]


def stated(form: str, values: pa.Array | list) -> tuple[list, list[tuple[int, str]]]:
    return read("timestamptz", values, Statement(timestamps={"x": form}))


def test_a_stated_form_is_the_only_one_that_is_read() -> None:
    out, faults = stated(
        "%d.%m.%Y", ["01.02.2026", " 28.2.2026 ", None, "31.02.2026", "2026-02-01"]
    )
    assert out == ["2026-02-01T00:00:00+00:00", "2026-02-28T00:00:00+00:00", None, None, None]
    assert faults == [
        (3, "x '31.02.2026' is not in the form '%d.%m.%Y', which load.yml states"),
        (4, "x '2026-02-01' is not in the form '%d.%m.%Y', which load.yml states"),
    ]
    zoned, _ = stated("%m/%d/%Y %I:%M %p %z", ["02/01/2026 11:30 PM -0500"])
    assert zoned == ["2026-02-02T04:30:00+00:00"]


@pytest.mark.parametrize(
    ("form", "value", "instant"),
    [
        ("epoch_seconds", "1767261600", "2026-01-01T10:00:00+00:00"),
        ("epoch_seconds", "1767261600.25", "2026-01-01T10:00:00.250000+00:00"),
        ("epoch_seconds", "-0.0000001", "1969-12-31T23:59:59.999999+00:00"),
        ("epoch_seconds", "1.7672616e9", "2026-01-01T10:00:00+00:00"),
        ("epoch_seconds", "253402300799", "9999-12-31T23:59:59+00:00"),
        ("epoch_milliseconds", "1767261600001", "2026-01-01T10:00:00.001000+00:00"),
        ("epoch_microseconds", "1767261600000001", "2026-01-01T10:00:00.000001+00:00"),
    ],
)
def test_numbers_since_1970_are_read_as_stated(form: str, value: str, instant: str) -> None:
    for among in ([value], [value, "", "0.5"]):
        assert stated(form, among)[0][0] == instant
        assert not stated(form, among)[1]


def test_what_is_no_number_since_1970_is_refused() -> None:
    for value in ("2026-01-01", "253402300800", "9" * 18, "9" * 30, "nan", "inf", "1e400", "x"):
        out, faults = stated("epoch_seconds", ["1", value])
        assert faults == [(1, f"x {value!r} is not in epoch_seconds, as load.yml states")]
        assert out == ["1970-01-01T00:00:01+00:00", None]
    moments = pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    assert stated("epoch_seconds", moments) == (["2026-01-01T00:00:00+00:00"], [])


def money(
    values: pa.Array | list, currencies: list | None = None, **said: str
) -> tuple[list, list[str]]:
    """Amounts in minor units, and the reasons for texts that are not amounts."""
    array = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    codes = pa.array(currencies or ["USD"] * len(array), pa.string())
    column = Column("x", "bigint", "required", is_money=True)
    out, faults = coerce_money(array, codes, column, Statement(**said))
    return out.to_pylist(), [reason for _, reason in faults]


POINT = "has a decimal point: write minor units"
MAJOR = "or state `amounts: major` for this table in load.yml"


def test_whole_amounts_are_minor_units() -> None:
    assert money(["4900", "-7", "+7", " 5 ", "", None]) == ([4900, -7, 7, 5, None, None], [])
    assert money(pa.array([4900, None], pa.int32())) == ([4900, None], [])
    assert money(pa.array([Decimal("4900")], pa.decimal128(38, 0))) == ([4900], [])


@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    [
        ("49.00", "USD", f"{POINT} (4900), {MAJOR}"),
        ("49.90", "USD", f"{POINT} (4990), {MAJOR}"),
        ("49.", "USD", f"{POINT} (4900), {MAJOR}"),
        ("49.00", "JPY", f"{POINT} (49), {MAJOR}"),
        ("49.9", "JPY", f"{POINT}, {MAJOR}"),
        ("4.9", "KWD", f"{POINT} (4900), {MAJOR}"),
        ("49.00", "?", f"{POINT}, {MAJOR}"),
        ("4.9e1", "USD", f"is in scientific notation: write minor units, {MAJOR}"),
        ("1E3", "USD", f"is in scientific notation: write minor units, {MAJOR}"),
        (
            "49,00",
            "EUR",
            "has a decimal comma: write minor units, or state `amounts: major` and `decimal: ','`"
            " for this table in load.yml",
        ),
        ("$49", "USD", "is not a whole number"),
        ("0x31", "USD", "is not a whole number"),
        ("9223372036854775808", "USD", "is too large"),
    ],
)
def test_an_amount_that_may_mean_either_unit_is_refused_with_what_to_do(
    text: str, currency: str, reason: str
) -> None:
    assert money([text], [currency]) == ([None], [f"x {text!r} {reason}"])
    assert money(["1", text], ["USD", currency])[0] == [1, None]


def test_amounts_of_a_floating_or_decimal_column_are_refused_unless_their_unit_is_stated() -> None:
    for values in (
        pa.array([49.0, 49.9, math.nan]),
        pa.array([Decimal("49.0"), Decimal("49.9"), None]),
    ):
        out, reasons = money(values)
        assert out == [None] * 3
        assert reasons == [f"x '49.0' {POINT} (4900), {MAJOR}", f"x '49.9' {POINT} (4990), {MAJOR}"]
        assert money(values, amounts="major") == ([4900, 4990, None], [])
    assert money(pa.array([4900.0]), amounts="minor") == ([4900], [])


def test_major_amounts_have_the_digits_of_their_currency_exactly() -> None:
    texts = ["49.00", "49", "0.1", "1e3", "1234567890123456.78", "49.0", "4.9", "-0.01"]
    currencies = ["USD", "USD", "EUR", "USD", "USD", "JPY", "KWD", "USD"]
    assert money(texts, currencies, amounts="major") == (
        [4900, 4900, 10, 100_000, 123_456_789_012_345_678, 49, 4900, -1],
        [],
    )
    assert money(pa.array([49, None]), ["USD", "JPY"], amounts="major") == ([4900, None], [])
    assert money(["49.0010", "49.5", "4.9001", "1e18", "1e99", "abc", "5"],
        ["USD", "JPY", "KWD", "USD", "USD", "USD", "ZZZ"], amounts="major") == (
        [None] * 7,
        [
            "x '49.0010' has more decimals than USD, which has 2",
            "x '49.5' has more decimals than JPY, which has 0",
            "x '4.9001' has more decimals than KWD, which has 3",
            "x '1e18' is too large",
            "x '1e99' is too large",
            "x 'abc' is not a number",
            "x '5' is in 'ZZZ', whose minor unit is not known: add its digits to the seed"
            " exchange_rates",
        ],
    )  # fmt: skip


@pytest.mark.parametrize("said", [{}, {"amounts": "major"}, {"amounts": "major", "decimal": ","}])
@pytest.mark.parametrize("text", ["1,000", "1.000", "-12,500", "999.999"])
def test_what_may_be_thousands_or_decimals_is_neither(text: str, said: dict[str, str]) -> None:
    assert money([text, "7"], **said) == (
        [None, 700 if said else 7],
        [
            f"x {text!r} may be thousands or have three decimals: write it without a"
            " thousands separator, and with no more decimals than its currency has"
        ],
    )


def test_three_decimals_are_decimals_where_nothing_else_can_be_meant() -> None:
    assert money(["1.005", "0.500"], ["KWD", "USD"], amounts="major") == ([1005, 50], [])
    assert money(["1,005"], ["KWD"], amounts="major", decimal=",") == ([1005], [])
    written = pa.array([Decimal("1.000"), Decimal("49.900")], pa.decimal128(10, 3))
    assert money(written, amounts="major") == ([100, 4990], [])


def test_a_decimal_comma_is_read_where_it_is_stated() -> None:
    assert money(["49,00", "7"], amounts="major", decimal=",") == ([4900, 700], [])
    assert money(["1.234,00", "49.00"], amounts="major", decimal=",") == (
        [None, None],
        ["x '1.234,00' is not a number", "x '49.00' is not a number"],
    )
    assert money(["49,00"], amounts="major")[1] == [
        "x '49,00' is not a number, and load.yml does not state `decimal: ','`"
    ]
    assert money(pa.array([49.5]), amounts="major", decimal=",") == ([4950], [])
    comma = Statement(decimal=",")
    assert read("numeric(9,4)", ["12,5"], comma) == ([Decimal("12.5")], [])
    assert read("bigint", ["12,0", "3"], comma) == ([12, 3], [])
    assert read("numeric(9,4)", ["12.5"], comma)[1][0][1].startswith("x '12.5' is not a number")
    assert read("numeric(9,4)", ["12,5"])[1][0][1].endswith(
        "after the point: write a decimal point, or state `decimal: ','` for this table in load.yml"
    )


def test_minor_units_that_are_stated_may_have_a_point_and_nothing_behind_it() -> None:
    assert money(["4900.0", "49e2", "49.5"], amounts="minor") == (
        [4900, 4900, None],
        ["x '49.5' is not a whole number of minor units"],
    )


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


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("America/New_York", "2024-04-01", "2024-04-01T04:00:00+00:00"),
        ("America/New_York", "2024-12-01", "2024-12-01T05:00:00+00:00"),
        ("Pacific/Auckland", "2024-04-01", "2024-03-31T11:00:00+00:00"),
        # midnight is skipped, and comes twice
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00+00:00"),
        ("America/Havana", "2024-11-03", "2024-11-03T04:00:00+00:00"),
        ("America/New_York", "0001-01-01", "0001-01-01T04:56:02+00:00"),
        ("Pacific/Auckland", "0001-01-01", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_a_date_without_a_time_begins_with_the_day_in_the_reporting_zone(
    monkeypatch: pytest.MonkeyPatch, zone: str, day: str, begins: str
) -> None:
    monkeypatch.setattr("productpulse.loader.coerce.reporting_zone", lambda: zone)
    year, month, number = day.split("-")
    assert good("timestamptz", [day, None, f" {day} "]) == [begins, None, begins]
    stated = Statement(timestamps={"x": "%d.%m.%Y"})
    assert read("timestamptz", [f"{number}.{month}.{year}"], stated)[0] == [begins]
    assert good("timestamptz", pa.array([date.fromisoformat(day)])) == [begins]


def test_a_time_without_a_zone_is_in_utc_whatever_the_reporting_zone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("productpulse.loader.coerce.reporting_zone", lambda: "America/New_York")
    at_midnight = ["2024-04-01 00:00", "2024-04-01T00:00:00Z", "infinity"]
    utc = "2024-04-01T00:00:00+00:00"
    assert good("timestamptz", at_midnight) == [utc, utc, INFINITY]
    stated = Statement(timestamps={"x": "%d.%m.%Y %H:%M"})
    assert read("timestamptz", ["01.04.2024 00:00"], stated)[0] == [utc]
    assert good("timestamptz", pa.array([datetime(2024, 4, 1)])) == [utc]


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


def classified(table: str, **columns: list) -> tuple[list[dict], list[tuple[int, str]]]:
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    count = len(next(iter(arrays.values())))
    chunk = Chunk(arrays, count, lambda row: (row + 2, f"row {row}"), [], 0)
    result = classify(chunk, raw_tables()[table])
    return result.rows.to_pylist(), [(r.line_number, r.reason) for r in result.rejected]


def test_several_faults_of_a_row_make_one_rejected_row() -> None:
    rows, rejected = classified(
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
    rows, rejected = classified(
        "subscriptions",
        subscription_id=["1", "2", "3"],
        account_id=["a", None, None],
        user_id=[None, "u", None],
        created_at=["2024-01-01"] * 3,
    )
    assert len(rows) == 2
    assert rejected == [(4, "missing account_id or user_id")]


def test_an_optional_value_may_be_empty_and_an_absent_optional_column_is_null() -> None:
    rows, rejected = classified(
        "accounts", account_id=["a"], name=[None], created_at=["2024-01-01"]
    )
    assert not rejected
    assert rows[0]["name"] is None
    assert rows[0]["country"] is None


def test_reasons_show_long_values_shortened() -> None:
    _, faults = read("bigint", ["y" * 5000])
    assert len(faults[0][1]) < 120
