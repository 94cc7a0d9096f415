"""What the readers return: chunks of a file, and for each row its line and text."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa


class FileProblem(Exception):
    """A whole file cannot be loaded. The message says why and what to do, not which file."""


@dataclass(frozen=True)
class Rejected:
    """A rejected record. `line_number`: physical line of its start (Parquet: row), from 1."""

    line_number: int
    raw_text: str
    reason: str


@dataclass(frozen=True)
class Chunk:
    """Some consecutive records of a file.

    `columns`: the columns of the raw schema that the file has, by name, untyped (binary) when they
    come from CSV. `locate(i)`: line number and raw text of row i. `unreadable`: records that could
    not be cut into cells and are not among the rows. `position`: bytes of the file read so far.
    """

    columns: dict[str, pa.Array]
    row_count: int
    locate: Callable[[int], tuple[int, str]]
    unreadable: list[Rejected]
    position: int


def storable(text: str) -> str:
    """`text` that every text column can hold: NUL bytes and lone surrogates become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """A name from outside, safe for a message of one line."""
    return " ".join(storable(text).split())


def shown(text: str, limit: int = 60) -> str:
    """`text` quoted for a message: on one line and not longer than `limit` characters."""
    return repr(text if len(text) <= limit else text[:limit] + "…")
