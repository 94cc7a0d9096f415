"""Cutting CSV into records: what counts as a record, and what is lost with a bad one."""

import csv
import gzip
import io
import random
from pathlib import Path

import pytest

from productpulse.loader import csv_records
from productpulse.loader.find import DataFile
from productpulse.loader.records import FileProblem
from productpulse.loader.statement import Statement
from productpulse.raw_schema import raw_tables

TABLE = raw_tables()["user_aliases"]
NAMES = ("anonymous_id", "user_id", "linked_at")
HEADER = b"anonymous_id,user_id,linked_at\n"
Read = tuple[list[tuple[int, str, tuple]], list[tuple[int, str, str]]]


def read(folder: Path, content: bytes, name: str = "user_aliases.csv") -> Read:
    """(line, raw text, cells) of the good records and (line, raw text, reason) of the bad ones."""
    path = folder / name
    path.write_bytes(content)
    good, bad = [], []
    for chunk in csv_records.read_chunks(DataFile(path, TABLE.name, "csv", 1), TABLE):
        columns = [chunk.columns[name].to_pylist() for name in NAMES]
        for row, cells in enumerate(zip(*columns, strict=True)):
            line, text = chunk.locate(row)
            good.append((line, text, tuple(c and c.decode("utf-8", "replace") for c in cells)))
        bad += [(r.line_number, r.raw_text, r.reason) for r in chunk.unreadable]
    return good, bad


def cells(folder: Path, content: bytes) -> list[tuple]:
    good, bad = read(folder, content)
    assert not bad
    return [row for _, _, row in good]


def problem(folder: Path, content: bytes, name: str = "user_aliases.csv") -> str:
    with pytest.raises(FileProblem) as caught:
        read(folder, content, name)
    return str(caught.value)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_record_and_survives_in_quotes(tmp_path: Path, end: str) -> None:
    lines = ["anonymous_id,user_id,linked_at", 'a,"x\ny\r\nz\rw",t', "b,,"]
    for last in ("", end):
        assert cells(tmp_path, (end.join(lines) + last).encode()) == [
            ("a", "x\ny\r\nz\rw", "t"),
            ("b", None, None),
        ]


def test_quoted_and_bare_empty_cells_are_null_and_a_blank_stays(tmp_path: Path) -> None:
    assert cells(tmp_path, HEADER + b'"",, \n') == [(None, None, " ")]


def test_doubled_quotes_commas_and_backslashes_come_through(tmp_path: Path) -> None:
    row = b'"a ""b"", c",\\.,"""\\"""\n'
    assert cells(tmp_path, HEADER + row) == [('a "b", c', "\\.", '"\\"')]


def test_a_byte_order_mark_and_odd_header_spelling_do_not_matter(tmp_path: Path) -> None:
    header = b'\xef\xbb\xbf\n User_ID ,"anonymous_id",LINKED_AT,extra\n'
    assert cells(tmp_path, header + b"u,a,t,?\n") == [("a", "u", "t")]


def test_line_numbers_count_physical_lines_from_the_header(tmp_path: Path) -> None:
    good, bad = read(tmp_path, HEADER + b'a,"1\n2",t\n\n \t\nb,c\nd,e,f\n')
    assert [(line, row) for line, _, row in good] == [(2, ("a", "1\n2", "t")), (7, ("d", "e", "f"))]
    assert bad == [(6, "b,c", "2 cells, but the header has 3")]


def test_a_row_with_too_many_cells_is_one_rejected_record_even_over_lines(tmp_path: Path) -> None:
    good, bad = read(tmp_path, HEADER + b'a,"1\n2",t,u\nd,e,f\n')
    assert bad == [(2, 'a,"1\n2",t,u', "4 cells, but the header has 3")]
    assert [row for _, _, row in good] == [("d", "e", "f")]


@pytest.mark.parametrize("line", [b'a,b"c,d', b'a,"b"c,d', b'a, "b",d', b'a,""b,c'])
def test_malformed_quotes_reject_only_their_line(tmp_path: Path, line: bytes) -> None:
    good, bad = read(tmp_path, HEADER + b"1,2,3\n" + line + b"\n4,5,6\n")
    assert [row for _, _, row in good] == [("1", "2", "3"), ("4", "5", "6")]
    assert [(at, text) for at, text, _ in bad] == [(3, line.decode())]
    assert "quote" in bad[0][2]


def test_a_quote_never_closed_costs_one_line_however_long_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr(csv_records, "RECORD_LIMIT", 1 << 12)
    count = 50_000
    good, bad = read(tmp_path, HEADER + b'0,"open,0\n' + b"1,2,3\n" * count)
    assert bad == [(2, '0,"open,0', "a quote is opened and not closed")]
    assert len(good) == count
    assert good[-1][0] == count + 2


def test_a_quote_never_closed_on_the_last_line_costs_that_line(tmp_path: Path) -> None:
    good, bad = read(tmp_path, HEADER + b'1,2,3\n0,"open,0')
    assert len(good) == 1
    assert bad == [(3, '0,"open,0', "a quote is opened and not closed")]


def test_a_line_longer_than_a_record_may_be_is_rejected_with_its_beginning(tmp_path: Path) -> None:
    long = b"x" * (2 * csv_records.BLOCK_BYTES)
    good, bad = read(tmp_path, HEADER + b"1," + long + b"\n4,5,6\n")
    assert [(at, len(text), reason) for at, text, reason in bad] == [
        (2, csv_records.RECORD_LIMIT, "record longer than 1 MiB")
    ]
    assert [(at, row) for at, _, row in good] == [(3, ("4", "5", "6"))]


def test_where_blocks_end_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(2)
    bits = ["a", '"', '"', ",", ",", "\n", "\r", "\r\n", " ", "1,2,3\n", '"q\nq",b,c\r\n', "x" * 40]
    monkeypatch.setattr(csv_records, "RECORD_LIMIT", 64)
    monkeypatch.setattr(csv_records, "LITTLE_MORE", 2)
    for _ in range(150):
        content = HEADER + "".join(rng.choices(bits, k=rng.randint(0, 60))).encode()
        whole = read(tmp_path, content)
        for size in (90, 131, 300):
            monkeypatch.setattr(csv_records, "BLOCK_BYTES", size)
            assert read(tmp_path, content) == whole, content
        monkeypatch.setattr(csv_records, "BLOCK_BYTES", 1 << 20)


def test_what_a_csv_writer_writes_is_read_as_it_was(tmp_path: Path) -> None:
    rng = random.Random(1)
    rows = [tuple("".join(rng.choices('ab",\n\r é\\', k=rng.randint(1, 6))) for _ in NAMES)
            for _ in range(2000)]  # fmt: skip
    for end in ("\n", "\r\n", "\r"):
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([NAMES, *rows])
        assert cells(tmp_path, out.getvalue().encode()) == rows


def test_bytes_that_are_not_utf_8_and_nul_are_shown_replaced(tmp_path: Path) -> None:
    _, bad = read(tmp_path, HEADER + b"caf\xe9\0,b\n")
    assert bad == [(2, "caf\ufffd\ufffd,b", "2 cells, but the header has 3")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xef\xbb\xbf", "empty file: add a header line and rows"),
        (b"\n\n", "empty file: add a header line and rows"),
        (b"user_id;when\n", "missing columns anonymous_id, linked_at"),
        (
            HEADER.decode().encode("utf-16-le"),
            "not text in UTF-8 (perhaps UTF-16LE): save it as UTF-8, as `iconv -f UTF-16LE -t UTF-8"
            " < OLD > NEW` does",
        ),
        (HEADER.decode().encode("utf-16-be"), "not text in UTF-8 (perhaps UTF-16BE)"),
        (HEADER.decode().encode("utf-16")[:-1], "encoded as UTF-16, but damaged or incomplete"),
        (
            HEADER.decode().encode("utf-32"),
            "encoded as UTF-32: save it as UTF-8, as `iconv -f UTF-",
        ),
        (HEADER.replace(b"user", b"\xfcser"), "header not in UTF-8"),
        (gzip.compress(HEADER, mtime=0), "compressed: name it .csv.gz"),
        (b"PAR1....", "a Parquet file: name it .parquet"),
        (b"PK\x03\x04....", "a workbook or zip archive"),
        (b'a"b,user_id,linked_at\n', "malformed quotes in the header line"),
        (b"anonymous_id,linked_at\n", "missing column user_id"),
        (b"anonymous_id,userid,linked_at\n", "missing column user_id (is it userid?)"),
        (b"anonymous_id\n", "missing columns user_id, linked_at"),
        (b"anonymous_id,user_id,USER_ID,linked_at\n", "the header names user_id twice"),
    ],
)
def test_a_file_that_is_no_csv_of_its_table_is_refused(
    tmp_path: Path, content: bytes, says: str
) -> None:
    assert problem(tmp_path, content).startswith(says)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_the_header_tells_by_what_cells_are_separated(tmp_path: Path, mark: str) -> None:
    header = HEADER.replace(b",", mark.encode())
    lines = [f'a{mark}"x{mark}y"{mark}t', f"b,c{mark}{mark}", f"d{mark}e", f'f{mark}"g{mark}h']
    good, bad = read(tmp_path, header + "\n".join(lines).encode())
    assert [row for _, _, row in good] == [("a", f"x{mark}y", "t"), ("b,c", None, None)]
    assert [(at, reason) for at, _, reason in bad] == [
        (4, "2 cells, but the header has 3"),
        (5, "a quote is opened and not closed"),
    ]
    quoted = header.replace(b"user_id", b'"user_id"')
    assert cells(tmp_path, quoted + f"1{mark}2{mark}3\n".encode()) == [("1", "2", "3")]


def test_a_header_with_two_delimiters_is_read_by_the_one_that_finds_more_columns(
    tmp_path: Path,
) -> None:
    row = b"anonymous_id;user_id;linked_at;a,b\n1;2;3;4\n"
    assert cells(tmp_path, row) == [("1", "2", "3")]
    row = b"anonymous_id,user_id,linked_at,a;b\n1,2,3,4\n"
    assert cells(tmp_path, row) == [("1", "2", "3")]


def test_a_stated_delimiter_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "user_aliases.csv"
    path.write_text("anonymous_id|user_id|linked_at|a,b,c\n1|2|3|4\n")
    file = DataFile(path, TABLE.name, "csv", 1, Statement(delimiter="|"))
    assert csv_records.read_header(file, TABLE).width == 4
    file = DataFile(path, TABLE.name, "csv", 1, Statement(delimiter=","))
    with pytest.raises(FileProblem, match="missing columns anonymous_id, user_id, linked_at"):
        csv_records.read_header(file, TABLE)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["user_aliases.csv", "user_aliases.csv.gz"])
def test_utf_16_with_a_byte_order_mark_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, name: str
) -> None:
    text = "\ufeff" + HEADER.decode().replace(",", "\t") + "é\t\U0001f600\t1\r\nb\t\t2\r\n"
    content = text.encode(encoding)
    for size in (91, 92, 93, 1 << 20):
        monkeypatch.setattr(csv_records, "BLOCK_BYTES", size)
        packed = gzip.compress(content) if name.endswith(".gz") else content
        good, bad = read(tmp_path, packed, name)
        assert not bad
        assert [(line, row) for line, _, row in good] == [
            (2, ("é", "\U0001f600", "1")),
            (3, ("b", None, "2")),
        ]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            "event,user,timestamp\nsignup,u1,2026-01-01\nlogin,u1,2026-01-02\nlogin,u2,2026-01-02\n",
            "missing columns event_id, event_name (is it event?), occurred_at (is it timestamp?)",
        ),
        (
            "event,ts,uuid\nsignup,1767261600,a\nlogin,1767261601,b\nlogin,1767261602,c\n",
            "missing columns event_id, event_name (is it event?), occurred_at (is it ts?)",
        ),
        (
            "eventid,name,time,day\n7,a,01.02.2026,2026-01-01\n8,b,01.02.2026,2026-01-01\n",
            "missing columns event_id (is it eventid?), event_name, occurred_at",
        ),
        (
            "event_key,event_nam,occured_at\n",
            "missing columns event_id (is it event_key?), event_name (is it event_nam?),"
            " occurred_at (is it occured_at?)",
        ),
        (
            "event,occured\n,\n",
            "missing columns event_id, event_name (is it event?), occurred_at (is it occured?)",
        ),
        (
            "event_id,event_name,occurred\ne1,a,never\n",
            "missing column occurred_at",
        ),
    ],
)
def test_a_missing_column_is_looked_for_by_name_and_content(
    tmp_path: Path, rows: str, says: str
) -> None:
    events = raw_tables()["events"]
    path = tmp_path / "events.csv"
    path.write_text(rows)
    with pytest.raises(FileProblem) as caught:
        csv_records.read_header(DataFile(path, "events", "csv", 1), events)
    assert str(caught.value) == says + ": add to the header and the rows"


def test_a_gzip_file_that_is_cut_off_or_none_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(HEADER + bytes(random.Random(3).choices(b"abc,\n", k=50_000)))
    name = "user_aliases.csv.gz"
    assert problem(tmp_path, packed[:-1000], name).startswith("damaged or incomplete gzip file")
    assert problem(tmp_path, b"user_id", name).startswith("damaged or incomplete gzip file")
    spoiled = packed[:5000] + b"\0\0\0\0" + packed[5004:]
    assert problem(tmp_path, spoiled, name).startswith("damaged or incomplete gzip file")
