"""CSV as RFC 4180 has it, cut into records in bounded memory, bad records set apart.

A regular expression finds where records end, since only it can say which line is malformed and go
on after it; Arrow then splits the good ones into cells.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from productpulse.loader.files import DataFile, open_bytes
from productpulse.loader.layout import Layout, lay_out
from productpulse.loader.records import Chunk, FileProblem, Rejected, storable
from productpulse.raw_schema import Table

BLOCK_BYTES = 8 << 20
LITTLE_MORE = 1 << 10
# A record may not be longer. A quote that is never closed is thus found out in bounded memory.
RECORD_LIMIT = 1 << 20

CELL = rb'(?:"[^"]*(?:""[^"]*)*"|[^",\r\n]*)'
LINE_END = re.compile(rb"\r\n|\n|\r")
BLANK_LINE = re.compile(rb"[ \t]*(?:\r\n|\n|\r)")
ANY_RECORD = re.compile(CELL + rb"(?:," + CELL + rb")*(?:\r\n|\n|\r)")
CELL_AND_COMMA = re.compile(CELL + rb",")
OPEN_QUOTE = re.compile(rb"(?:" + CELL + rb',)*"[^"]*(?:""[^"]*)*\Z')

UTF8_BOM = b"\xef\xbb\xbf"
# What the first bytes give away; the longer beginning first.
NOT_CSV = {
    b"\xff\xfe": "encoded as UTF-16: save it as UTF-8",
    b"\xfe\xff": "encoded as UTF-16: save it as UTF-8",
    b"\x00\x00\xfe\xff": "encoded as UTF-32: save it as UTF-8",
    b"\x1f\x8b": "compressed: name it .csv.gz",
    b"PAR1": "a Parquet file: name it .parquet",
    b"PK\x03\x04": "a workbook or zip archive: save the table as CSV",
    b"[{": "JSON, which is not read: save the table as CSV",
    b'{"': "JSON, which is not read: save the table as CSV",
}


@dataclass(frozen=True)
class Cut:
    """Where the records of a buffer begin and end; `faults`: begin, end, reason; `used` bytes;
    `is_inside_line`: the last fault is a line that ends somewhere beyond the buffer."""

    starts: list[int]
    ends: list[int]
    faults: list[tuple[int, int, str]]
    used: int
    is_inside_line: bool = False


@cache
def _record(width: int) -> re.Pattern[bytes]:
    return re.compile(CELL + rb"(?:," + CELL + rb"){%d}(?:\r\n|\n|\r)" % (width - 1))


def cut(buffer: bytes, width: int, is_last: bool) -> Cut:
    """Cut `buffer`, which begins where a record does, into records of `width` cells.

    What may go on beyond the buffer stays unused, unless it `is_last`. A record with another number
    of cells is a fault as a whole; a malformed one only with its first line, so that it takes no
    other with it.
    """
    match = _record(width).match
    starts: list[int] = []
    ends: list[int] = []
    faults: list[tuple[int, int, str]] = []
    at, size = 0, len(buffer)
    while at < size:
        if found := match(buffer, at, at + RECORD_LIMIT):
            starts.append(at)
            at = found.end()
            ends.append(at)
        elif found := BLANK_LINE.match(buffer, at):
            at = found.end()
        elif not is_last and size - at <= RECORD_LIMIT:
            break
        elif found := ANY_RECORD.match(buffer, at, at + RECORD_LIMIT):
            cells = 1 + sum(1 for _ in CELL_AND_COMMA.finditer(buffer, at, found.end()))
            faults.append((at, found.end(), f"{cells} cells where the header has {width}"))
            at = found.end()
        else:
            line_end = LINE_END.search(buffer, at)
            end = line_end.end() if line_end else size
            faults.append((at, end, _why_malformed(buffer, at, end)))
            at = end
            if not line_end:
                return Cut(starts, ends, faults, size, is_inside_line=True)
    return Cut(starts, ends, faults, at)


def _why_malformed(buffer: bytes, start: int, end: int) -> str:
    if OPEN_QUOTE.match(buffer, start, start + RECORD_LIMIT):
        return "a quote is opened and not closed"
    if end - start > RECORD_LIMIT:
        return "record longer than 1 MiB"
    return "malformed quotes: a cell with a quote in it must be quoted, and the quote doubled"


def read_header(file: DataFile, table: Table) -> Layout:
    """The columns of a CSV file. Raises FileProblem when it is none, or of another table."""
    with open_bytes(file) as (stream, _):
        return _header(_next_block(stream), table)[0]


def read_chunks(file: DataFile, table: Table) -> Iterator[Chunk]:
    """The records after the header, some 8 MiB at a time. Raises FileProblem."""
    with open_bytes(file) as (stream, stored):
        block = _next_block(stream)
        layout, begin = _header(block, table)
        line = 1 + _count_lines(block, begin)
        buffer, is_inside_line = block[begin:], False
        while True:
            block = _next_block(stream)
            is_last = not block
            if is_last and buffer and buffer[-1:] not in b"\r\n":
                buffer += b"\n"
            pieces = cut(buffer, layout.width, is_last)
            yield _chunk(buffer, pieces, layout, line, stored.tell())
            line += _count_lines(buffer, pieces.used)
            buffer, is_inside_line = buffer[pieces.used :], pieces.is_inside_line
            while is_inside_line and block:
                if end := LINE_END.search(block):
                    block, is_inside_line = block[end.end() :], False
                    line += 1
                else:
                    block = _next_block(stream)
            if is_last:
                return
            buffer += block


def _next_block(stream: BinaryIO) -> bytes:
    """The next bytes; CR LF is never torn apart."""
    block = stream.read(BLOCK_BYTES)
    while block.endswith(b"\r") and (more := stream.read(LITTLE_MORE)):
        block += more
    return block


def _count_lines(text: bytes, end: int) -> int:
    newlines, returns, pairs = (text.count(mark, 0, end) for mark in (b"\n", b"\r", b"\r\n"))
    return newlines + returns - pairs


def _header(block: bytes, table: Table) -> tuple[Layout, int]:
    """The layout, and where the first record begins."""
    for magic, meaning in NOT_CSV.items():
        if block.startswith(magic):
            raise FileProblem(meaning)
    at = len(UTF8_BOM) if block.startswith(UTF8_BOM) else 0
    while blank := BLANK_LINE.match(block, at):
        at = blank.end()
    first_line = re.compile(rb"[^\r\n]*").match(block, at)
    line = first_line.group() if first_line else b""
    if not line.strip():
        raise FileProblem("empty file: not even a header line")
    if b"\0" in line:
        raise FileProblem("not text in UTF-8 (perhaps UTF-16): save it as UTF-8")
    found = ANY_RECORD.match(block + b"\n", at, at + RECORD_LIMIT)
    try:
        if not found:
            raise FileProblem("malformed quotes in the header line: double them or leave them out")
        return lay_out(table, _names(found.group())), min(found.end(), len(block))
    except UnicodeDecodeError:
        raise FileProblem("header not in UTF-8: save the file as UTF-8") from None
    except FileProblem:
        _refuse_other_delimiter(line, table)
        raise


def _names(header: bytes) -> list[str]:
    cells = [cell.group()[:-1] for cell in CELL_AND_COMMA.finditer(header.rstrip(b"\r\n") + b",")]
    unquoted = [c[1:-1].replace(b'""', b'"') if c.startswith(b'"') else c for c in cells]
    return [cell.decode("utf-8") for cell in unquoted]


def _refuse_other_delimiter(line: bytes, table: Table) -> None:
    known = {column.name for column in table.file_columns}
    for delimiter, word in {";": "';'", "\t": "tabs", "|": "'|'"}.items():
        cells = line.decode("utf-8", "replace").split(delimiter)
        matches = len(known & {cell.strip().strip('"').lower() for cell in cells})
        if len(cells) > 1 and matches > (b"," in line):
            raise FileProblem(f"columns are separated by {word}: save it with commas")


def _chunk(buffer: bytes, pieces: Cut, layout: Layout, first_line: int, position: int) -> Chunk:
    line_of = _line_counter(buffer, first_line)

    def text(start: int, end: int) -> str:
        line = buffer[start : min(end, start + RECORD_LIMIT)]
        return storable(line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r"))

    def locate(row: int) -> tuple[int, str]:
        return line_of(pieces.starts[row]), text(pieces.starts[row], pieces.ends[row])

    return Chunk(
        columns=_cells(_good_bytes(buffer, pieces), layout),
        row_count=len(pieces.starts),
        locate=locate,
        unreadable=[
            Rejected(line_of(start), text(start, end), reason)
            for start, end, reason in pieces.faults
        ],
        position=position,
    )


def _line_counter(buffer: bytes, first_line: int) -> Callable[[int], int]:
    @cache
    def line_ends() -> np.ndarray:
        codes = np.frombuffer(buffer, np.uint8)
        is_end = codes == ord("\n")
        is_return = codes == ord("\r")
        is_return[:-1] &= ~is_end[1:]
        return np.flatnonzero(is_end | is_return)

    return lambda at: first_line + int(np.searchsorted(line_ends(), at))


def _good_bytes(buffer: bytes, pieces: Cut) -> bytes | memoryview:
    if not pieces.starts:
        return b""
    start, end = pieces.starts[0], pieces.ends[-1]
    if end - start == sum(pieces.ends) - sum(pieces.starts):
        return memoryview(buffer)[start:end]
    return b"".join(buffer[s:e] for s, e in zip(pieces.starts, pieces.ends, strict=True))


def _cells(records: bytes | memoryview, layout: Layout) -> dict[str, pa.Array]:
    """The known columns as binary; an empty cell, quoted or not, is null."""
    if not records:
        return {name: pa.nulls(0, pa.binary()) for name in layout.positions}
    wanted = {f"c{position}": name for name, position in layout.positions.items()}
    cells = pa.csv.read_csv(
        pa.py_buffer(records),
        read_options=pa.csv.ReadOptions(
            column_names=[f"c{i}" for i in range(layout.width)],
            block_size=len(records) + 1,
            use_threads=False,
        ),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            include_columns=list(wanted),
            column_types=dict.fromkeys(wanted, pa.binary()),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    return {wanted[c]: cells.column(c).combine_chunks() for c in cells.column_names}
