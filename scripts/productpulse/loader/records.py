"""What the readers hand on: chunks of a file, with the way back to line and text."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa


class FileProblem(Exception):
    """A file cannot be loaded as a whole. The message says why and what to do, not which file."""


@dataclass(frozen=True)
class Rejected:
    """A record quarantined. `line_number`: physical line of its start (Parquet: row), from 1."""

    line_number: int
    raw_text: str
    reason: str


@dataclass(frozen=True)
class Chunk:
    """Some consecutive records of a file.

    `columns`: the columns of the raw schema that the file has, by name, untyped (binary) when they
    come from CSV. `locate(i)`: line number and raw text of row i. `unreadable`: records that could
    not be cut into cells, so that they are not among the rows. `position`: bytes of the file read
    yet.
    """

    columns: dict[str, pa.Array]
    row_count: int
    locate: Callable[[int], tuple[int, str]]
    unreadable: list[Rejected]
    position: int


def storable(text: str) -> str:
    """`text` without what no text column can hold: NUL bytes and lone surrogates become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """A name from outside, fit to stand in a message of one line."""
    return " ".join(storable(text).split())


def shown(text: str, limit: int = 60) -> str:
    """`text` quoted for a message: on one line and not longer than `limit` characters."""
    return repr(text if len(text) <= limit else text[:limit] + "…")
