"""Words of closed lists in any spelling with a clear meaning."""

import re
from collections import Counter
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from productpulse.currencies import codes_by_name, minor_unit_digits
from productpulse.raw_schema import Column

# (column, text as found without outer spaces, text it is read as): rows
Readings = Counter[tuple[str, str, str]]
CURRENCY = "currency"


def settle(texts: pa.Array, column: Column) -> tuple[pa.Array, Readings]:
    """`texts` as the raw schema spells them, and how many were read as something else.

    Case, spaces, hyphens and underscores do not matter. A text without a meaning stays as it is.
    """
    meanings = _meanings(column)
    coded = texts.dictionary_encode()
    found = coded.dictionary.to_pylist()
    meant = [meanings.get(_folded(text), text) for text in found]
    if meant == found:
        return texts, Counter()
    readings: Readings = Counter()
    counts = pc.value_counts(coded.indices.drop_null()).to_pylist()
    for entry in counts:
        text, word = found[entry["values"]], meant[entry["values"]]
        if text != word:
            readings[column.name, text.strip(), word] += entry["counts"]
    return pa.array(meant, pa.string()).take(coded.indices), readings


def is_closed(column: Column) -> bool:
    """Whether the column accepts only some words."""
    return bool(column.accepted_values) or column.name == CURRENCY


def is_known(text: str, column: Column) -> bool:
    """Whether a text has a meaning in a column with a closed list."""
    return _folded(text) in _meanings(column)


@cache
def _meanings(column: Column) -> dict[str, str]:
    if column.name != CURRENCY:
        words = {word: word for word in column.accepted_values} | dict(column.spellings)
    else:
        words = {code: code for code in minor_unit_digits()}
        for name, code in codes_by_name().items():
            words |= {name: code, f"{name}s": code}
    return {_folded(spelling): word for spelling, word in words.items()}


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.strip()).casefold()
