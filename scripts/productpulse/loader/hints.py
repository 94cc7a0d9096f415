"""Which column of a file may be meant for a missing one, by its name and its values."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from productpulse.loader import numbers, timestamps
from productpulse.loader.spellings import is_closed, is_known
from productpulse.raw_schema import Column, Table

# Column names that the raw schema does not know, with the texts in their first rows.
Sample = Mapping[str, Sequence[str]]
ALIKE = 0.6
NAMED_LIKE_KEY = re.compile(r".*(?:id|key)")


def likely(missing: Sequence[Column], table: Table, sample: Sample) -> dict[str, str]:
    """The best candidate for each missing column, by name; none where nothing is similar."""
    rated: list[tuple[float, str, str]] = []
    for column in missing:
        fitting = [name for name, texts in sample.items() if _fits(column, table, name, texts)]
        for name in fitting:
            likeness = difflib.SequenceMatcher(None, column.name, name).ratio()
            is_telling = _is_telling(column) and any(text.strip() for text in sample[name])
            if likeness >= ALIKE or (is_telling and len(fitting) == 1):
                rated.append((likeness, column.name, name))
    chosen: dict[str, str] = {}
    for _, column_name, name in sorted(rated, reverse=True):
        if column_name not in chosen and name not in chosen.values():
            chosen[column_name] = name
    return chosen


def _is_telling(column: Column) -> bool:
    """Whether the values of such a column differ from those of most other columns."""
    return column.data_type in ("timestamptz", "json", "boolean") or is_closed(column)


def _fits(column: Column, table: Table, name: str, texts: Sequence[str]) -> bool:
    """Whether a column called `name` with these texts may be `column`."""
    filled = [text.strip() for text in texts if text.strip()]
    if column.name.endswith("_id"):
        if not filled:
            return bool(NAMED_LIKE_KEY.fullmatch(name))
        is_key = table.key == (column.name,)
        return not _all(filled, _is_time) and (not is_key or len(set(filled)) == len(filled) > 1)
    if not filled:
        return True
    if column.data_type == "timestamptz":
        return _all(filled, _is_time)
    if column.data_type == "json":
        return _all(filled, lambda text: text[0] in "{[")
    if column.data_type == "boolean":
        return _all(filled, lambda text: text.lower() in ("true", "false", "t", "f", "yes", "no"))
    if column.data_type != "text":
        return _all(filled, _is_number)
    if is_closed(column):
        return _all(filled, lambda text: is_known(text, column))
    return not _all(filled, _is_time) and not _all(filled, _is_number)


def _all(texts: Sequence[str], holds: Callable[[str], bool]) -> bool:
    return all(holds(text) for text in texts)


def _is_time(text: str) -> bool:
    return timestamps.parse_whole(pa.array([text])) is not None or bool(timestamps.remedy(text))


def _is_number(text: str) -> bool:
    return bool(numbers.NUMBER.fullmatch(text.replace(",", ".")))
