"""How the columns of a file match those of its table."""

import difflib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from productpulse.loader.hints import Sample, likely
from productpulse.loader.records import FileProblem, one_line
from productpulse.raw_schema import Table


@dataclass(frozen=True)
class Layout:
    """`positions`: place of each known column in the file; `width`: number of columns of the file;
    `ignored`: names that the raw schema does not know."""

    positions: dict[str, int]
    width: int
    ignored: tuple[str, ...]


def lay_out(
    table: Table, header: list[str], first_rows: Callable[[], list[Sequence[str]]] = list
) -> Layout:
    """Find the table's columns in `header`; case and outer spaces do not matter.

    `first_rows`: gives some rows of texts, called when a hint is needed.

    Raises FileProblem for a name that comes twice and for a missing required column.
    """
    names = [one_line(name).lower() for name in header]
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        raise FileProblem(f"the header names {' and '.join(twice)} twice: keep one column of each")

    known = [column.name for column in table.file_columns]
    ignored = [name for name in names if name not in known]
    missing = [c for c in table.file_columns if c.presence != "optional" and c.name not in names]
    hints = likely(missing, table, _sample(names, ignored, first_rows())) if missing else {}
    wanted = [_asked(column.name, hints.get(column.name)) for column in missing]
    if table.one_of and not set(table.one_of) & set(names):
        wanted.append(" or ".join(table.one_of))
    if wanted:
        noun = "column" if len(wanted) == 1 else "columns"
        raise FileProblem(f"missing {noun} {', '.join(wanted)}: add to the header and the rows")
    return Layout(
        positions={name: names.index(name) for name in known if name in names},
        width=len(names),
        ignored=tuple(name or "(no name)" for name in ignored),
    )


def _sample(names: list[str], wanted: list[str], rows: list[Sequence[str]]) -> Sample:
    places = {name: names.index(name) for name in wanted if name}
    return {
        name: [row[place] for row in rows if len(row) == len(names)]
        for name, place in places.items()
    }


def _asked(name: str, near: str | None) -> str:
    return f"{name} (is it {near}?)" if near else name


def with_hint(name: str, unknown: Sequence[str]) -> str:
    """`name`, with the one of the `unknown` names that may be meant."""
    near = difflib.get_close_matches(name, unknown, n=1)
    return _asked(name, near[0] if near else None)
