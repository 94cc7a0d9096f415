"""CSV as in RFC 4180, cut into records in bounded memory; bad records are rejected.

A regular expression finds where records end, because it can tell which line is malformed and go on
after it; Arrow then splits the good records into cells.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.csv

from productpulse.loader.find import DataFile, open_bytes
from productpulse.loader.layout import Layout, lay_out
from productpulse.loader.records import Chunk, FileProblem, Rejected, storable
from productpulse.raw_schema import Table

BLOCK_BYTES = 8 << 20
LITTLE_MORE = 1 << 10
# The longest record. With a limit, a quote that is never closed is found in bounded memory.
RECORD_LIMIT = 1 << 20

SAMPLE_ROWS = 200
SAMPLE_BYTES = 1 << 16
DELIMITERS = (",", ";", "\t", "|")

LINE_END = re.compile(rb"\r\n|\n|\r")
BLANK_LINE = re.compile(rb"[ \t]*(?:\r\n|\n|\r)")

UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CONVERT = "save it as UTF-8, as `iconv -f {} -t UTF-8 < OLD > NEW` does"
# What the first bytes show; longer ones first.
NOT_CSV = {
    b"\xff\xfe\x00\x00": f"encoded as UTF-32: {CONVERT.format('UTF-32')}",
    b"\x00\x00\xfe\xff": f"encoded as UTF-32: {CONVERT.format('UTF-32')}",
    b"\x1f\x8b": "compressed: name it .csv.gz",
    b"PAR1": "a Parquet file: name it .parquet",
    b"PK\x03\x04": "a workbook or zip archive: save the table as CSV",
    b"[{": "JSON, which cannot be read: save the table as CSV",
    b'{"': "JSON, which cannot be read: save the table as CSV",
}


@dataclass(frozen=True)
class Cut:
    """Where the records of a buffer begin and end; `faults`: begin, end, reason; `used` bytes;
    `is_inside_line`: the last fault is a line that ends after the buffer."""

    starts: list[int]
    ends: list[int]
    faults: list[tuple[int, int, str]]
    used: int
    is_inside_line: bool = False


class Grammar:
    """The patterns of cells and records for a delimiter."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        mark = re.escape(delimiter).encode()
        self._mark = mark
        self._cell = cell = rb'(?:"[^"]*(?:""[^"]*)*"|[^"%b\r\n]*)' % mark
        self.any_record = re.compile(cell + rb"(?:" + mark + cell + rb")*(?:\r\n|\n|\r)")
        self.cell_and_mark = re.compile(cell + mark)
        self.open_quote = re.compile(rb"(?:" + cell + mark + rb')*"[^"]*(?:""[^"]*)*\Z')

    def record(self, width: int) -> re.Pattern[bytes]:
        """A record of `width` cells."""
        rest = rb"(?:" + self._mark + self._cell + rb"){%d}" % (width - 1)
        return re.compile(self._cell + rest + rb"(?:\r\n|\n|\r)")


grammar = cache(Grammar)


class Stream(Protocol):
    """Bytes to be read."""

    def read(self, size: int, /) -> bytes:
        """At most about `size` of the next bytes; none at the end."""


def cut(buffer: bytes, width: int, is_last: bool, cells: Grammar) -> Cut:
    """Cut `buffer`, which begins where a record does, into records of `width` cells.

    A record that may continue after the buffer stays unused, unless it `is_last`. A record with a
    wrong number of cells is a fault as a whole; of a malformed record only the first line is, so
    that no other record is lost with it.
    """
    match = cells.record(width).match
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
        elif found := cells.any_record.match(buffer, at, at + RECORD_LIMIT):
            count = 1 + sum(1 for _ in cells.cell_and_mark.finditer(buffer, at, found.end()))
            faults.append((at, found.end(), f"{count} cells, but the header has {width}"))
            at = found.end()
        else:
            line_end = LINE_END.search(buffer, at)
            end = line_end.end() if line_end else size
            faults.append((at, end, _why_malformed(buffer, at, end, cells)))
            at = end
            if not line_end:
                return Cut(starts, ends, faults, size, is_inside_line=True)
    return Cut(starts, ends, faults, at)


def _why_malformed(buffer: bytes, start: int, end: int, cells: Grammar) -> str:
    if cells.open_quote.match(buffer, start, start + RECORD_LIMIT):
        return "a quote is opened and not closed"
    if end - start > RECORD_LIMIT:
        return "record longer than 1 MiB"
    return "malformed quotes: quote a cell that contains a quote, and double that quote"


def read_header(file: DataFile, table: Table) -> Layout:
    """The columns of a CSV file. Raises FileProblem when it is not CSV or is another table."""
    with _open(file) as (stream, _):
        return _header(_next_block(stream), table, file.stated.delimiter)[0]


def read_chunks(file: DataFile, table: Table) -> Iterator[Chunk]:
    """The records after the header, some 8 MiB at a time. Raises FileProblem."""
    with _open(file) as (stream, position):
        block = _next_block(stream)
        layout, begin, cells = _header(block, table, file.stated.delimiter)
        line = 1 + _count_lines(block, begin)
        buffer, is_inside_line = block[begin:], False
        while True:
            block = _next_block(stream)
            is_last = not block
            if is_last and buffer and buffer[-1:] not in b"\r\n":
                buffer += b"\n"
            pieces = cut(buffer, layout.width, is_last, cells)
            yield _chunk(buffer, pieces, layout, line, position(), cells.delimiter)
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


@contextmanager
def _open(file: DataFile) -> Iterator[tuple[Stream, Callable[[], int]]]:
    """The bytes as UTF-8, and how many of the stored bytes have been read."""
    with open_bytes(file) as (stream, stored):
        begin = stream.read(4)
        stream.seek(0)
        is_utf16 = begin.startswith(UTF16_BOMS) and not begin.startswith(codecs.BOM_UTF32_LE)
        yield _FromUtf16(stream) if is_utf16 else stream, stored.tell


class _FromUtf16:
    """UTF-16 with a byte order mark, read as UTF-8."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")()

    def read(self, size: int) -> bytes:
        while True:
            block = self._stream.read(size)
            try:
                text = self._decoder.decode(block, final=not block)
            except UnicodeDecodeError:
                raise FileProblem(
                    "encoded as UTF-16, but damaged or incomplete: copy it again"
                ) from None
            if text or not block:
                return text.encode("utf-8")


def _next_block(stream: Stream) -> bytes:
    """The next bytes; CR LF is never split."""
    block = stream.read(BLOCK_BYTES)
    while block.endswith(b"\r") and (more := stream.read(LITTLE_MORE)):
        block += more
    return block


def _count_lines(text: bytes, end: int) -> int:
    newlines, returns, pairs = (text.count(mark, 0, end) for mark in (b"\n", b"\r", b"\r\n"))
    return newlines + returns - pairs


def _header(block: bytes, table: Table, delimiter: str | None) -> tuple[Layout, int, Grammar]:
    """The layout, the place where the first record begins, and how the file is written."""
    for magic, meaning in NOT_CSV.items():
        if block.startswith(magic):
            raise FileProblem(meaning)
    at = len(UTF8_BOM) if block.startswith(UTF8_BOM) else 0
    while blank := BLANK_LINE.match(block, at):
        at = blank.end()
    first_line = re.compile(rb"[^\r\n]*").match(block, at)
    line = first_line.group() if first_line else b""
    if not line.strip():
        raise FileProblem("empty file: add a header line and rows")
    if b"\0" in line:
        wide = "UTF-16LE" if line.find(b"\0") % 2 else "UTF-16BE"
        raise FileProblem(f"not text in UTF-8 (perhaps {wide}): {CONVERT.format(wide)}")
    cells = grammar(delimiter or _delimiter(line, table))
    found = cells.any_record.match(block + b"\n", at, at + RECORD_LIMIT)
    try:
        if not found:
            raise FileProblem("malformed quotes in the header line: double them or remove them")
        begin = min(found.end(), len(block))
        rows = partial(_first_rows, block[begin : begin + SAMPLE_BYTES], cells.delimiter)
        return lay_out(table, _names(found.group(), cells), rows), begin, cells
    except UnicodeDecodeError:
        raise FileProblem(f"header not in UTF-8: {CONVERT.format('WINDOWS-1252')}") from None


def _names(header: bytes, cells: Grammar) -> list[str]:
    line = header.rstrip(b"\r\n") + cells.delimiter.encode()
    texts = [cell.group()[:-1] for cell in cells.cell_and_mark.finditer(line)]
    unquoted = [c[1:-1].replace(b'""', b'"') if c.startswith(b'"') else c for c in texts]
    return [cell.decode("utf-8") for cell in unquoted]


def _delimiter(line: bytes, table: Table) -> str:
    """The delimiter of a header line: a comma, unless another one is clear."""
    known = {column.name for column in table.file_columns}
    text = line.decode("utf-8", "replace")

    def matches(delimiter: str) -> int:
        return len(known & {cell.strip().strip('"').lower() for cell in text.split(delimiter)})

    present = [delimiter for delimiter in DELIMITERS if delimiter in text]
    if len(present) == 1:
        return present[0]
    best = max(DELIMITERS, key=matches)
    return best if matches(best) > max(matches(","), "," in text) else ","


def _first_rows(block: bytes, delimiter: str) -> list[Sequence[str]]:
    lines = block.decode("utf-8", "replace").splitlines()
    return list(islice(csv.reader(lines, delimiter=delimiter), SAMPLE_ROWS))


def _chunk(
    buffer: bytes, pieces: Cut, layout: Layout, first_line: int, position: int, delimiter: str
) -> Chunk:
    line_of = _line_counter(buffer, first_line)

    def text(start: int, end: int) -> str:
        line = buffer[start : min(end, start + RECORD_LIMIT)]
        return storable(line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r"))

    def locate(row: int) -> tuple[int, str]:
        return line_of(pieces.starts[row]), text(pieces.starts[row], pieces.ends[row])

    return Chunk(
        columns=_cells(_good_bytes(buffer, pieces), layout, delimiter),
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


def _cells(records: bytes | memoryview, layout: Layout, delimiter: str) -> dict[str, pa.Array]:
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
        parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            include_columns=list(wanted),
            column_types=dict.fromkeys(wanted, pa.binary()),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    return {wanted[c]: cells.column(c).combine_chunks() for c in cells.column_names}
