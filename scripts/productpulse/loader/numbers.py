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
    """The quick way for texts without oddities; Arrow also reads hexadecimal, which is one."""
    try:
        parsed = texts.cast(wanted)
    except pa.ArrowInvalid:
        return None
    if pc.any(pc.match_substring(texts, "x", ignore_case=True)).as_py():
        return None
    return parsed


def exact(text: str, point: str = ".") -> Decimal:
    """The number that `text` is, with `point` before its decimals. Raises ValueError."""
    text = text.strip()
    text = text.translate(SWAPPED) if point == "," else text
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def integer(text: str, point: str = ".") -> int:
    """A whole number of 64 bits, which may have a point and zeros. Raises ValueError."""
    number = exact(text, point)
    if number.adjusted() > 18 or number != number.to_integral_value():
        raise ValueError(text)
    if not in_range(whole := int(number)):
        raise ValueError(text)
    return whole


def in_range(number: int) -> bool:
    """Whether 64 bits hold it."""
    return -LARGEST - 1 <= number <= LARGEST


def decimal(text: str, wanted: pa.Decimal128Type, point: str = ".") -> Decimal:
    """A number with no more digits than `wanted` has. Raises ValueError."""
    context = Context(prec=wanted.precision, traps=[Inexact, InvalidOperation])
    try:
        return exact(text, point).quantize(Decimal(1).scaleb(-wanted.scale), context=context)
    except (Inexact, InvalidOperation):
        raise ValueError(text) from None


def spread(reasons: dict[int, str], coded: pa.DictionaryArray) -> list[tuple[int, str]]:
    """The reasons for distinct texts, for each row that has one of them."""
    if not reasons:
        return []
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(codes, list(reasons)))
    return [(int(row), reasons[int(codes[row])]) for row in rows]
