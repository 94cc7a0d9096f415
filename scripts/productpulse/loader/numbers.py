"""Numbers written as text, exactly."""

import re
from decimal import Context, Decimal, Inexact, InvalidOperation

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
LARGEST = 2**63 - 1
SWAPPED = str.maketrans(".,", ",.")


def all_whole(texts: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    """The fast way for ordinary texts; hexadecimal, which Arrow also reads, is not ordinary."""
    try:
        parsed = texts.cast(wanted)
    except pa.ArrowInvalid:
        return None
    if pc.any(pc.match_substring(texts, "x", ignore_case=True)).as_py():
        return None
    return parsed


def exact(text: str, point: str = ".") -> Decimal:
    """The number in `text`, with `point` before its decimals. Raises ValueError."""
    text = text.strip()
    text = text.translate(SWAPPED) if point == "," else text
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def integer(text: str, point: str = ".") -> int:
    """A whole number of 64 bits; a point followed by zeros is allowed. Raises ValueError."""
    number = exact(text, point)
    if number.adjusted() > 18 or number != number.to_integral_value():
        raise ValueError(text)
    if not in_range(whole := int(number)):
        raise ValueError(text)
    return whole


def in_range(number: int) -> bool:
    """Whether it fits into 64 bits."""
    return -LARGEST - 1 <= number <= LARGEST


def decimal(text: str, wanted: pa.Decimal128Type, point: str = ".") -> Decimal:
    """A number with no more digits than `wanted` allows. Raises ValueError."""
    context = Context(prec=wanted.precision, traps=[Inexact, InvalidOperation])
    try:
        return exact(text, point).quantize(Decimal(1).scaleb(-wanted.scale), context=context)
    except (Inexact, InvalidOperation):
        raise ValueError(text) from None


def spread(reasons: dict[int, str], coded: pa.DictionaryArray) -> list[tuple[int, str]]:
    """For each row, the reason of its text, from the reasons of distinct texts."""
    if not reasons:
        return []
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(codes, list(reasons)))
    return [(int(row), reasons[int(codes[row])]) for row in rows]
