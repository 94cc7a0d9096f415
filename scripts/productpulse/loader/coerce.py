"""Columns of a file in the types of the contract."""

import re
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.loader import json_text, timestamps
from productpulse.loader.records import shown
from productpulse.loader.text_form import Faults, text_form
from productpulse.loader.types import TIMESTAMP, arrow_type
from productpulse.raw_schema import Column

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
TRUTH = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}
LARGEST = 2**63 - 1


def coerce(values: pa.Array, column: Column) -> tuple[pa.Array, Faults]:
    """`values` in the type of `column`, and a reason for each row that is not one (and null then).

    In columns other than text and JSON the empty string is null, and spaces around do not matter.
    """
    kind, name = values.type, column.name
    if column.data_type == "timestamptz" and _is_point_in_time(kind):
        parsed, outside = timestamps.from_temporal(values)
        return parsed, [(row, f"{name} is outside the years 1 to 9999") for row in outside]
    if column.data_type == "boolean" and pa.types.is_boolean(kind):
        return values, []
    if column.data_type == "bigint" and pa.types.is_signed_integer(kind):
        return values.cast(pa.int64()), []

    texts, faults = text_form(values, name)
    if column.data_type == "text":
        return texts, faults
    if column.data_type == "json":
        return texts, sorted(faults + _json_faults(texts, name))
    if pc.any(pc.equal(pc.binary_length(texts), 0)).as_py():
        texts = pc.if_else(
            pc.equal(pc.binary_length(texts), 0), pa.scalar(None, pa.string()), texts
        )
    parsed, more = _parse(texts, column)
    return parsed, sorted(faults + more)


def _is_point_in_time(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind)


def _parse(texts: pa.Array, column: Column) -> tuple[pa.Array, Faults]:
    wanted = arrow_type(column.data_type)
    if wanted == TIMESTAMP:
        if (whole := timestamps.parse_whole(texts)) is not None:
            return whole, []
        parsed, faults = _by_value(texts, timestamps.parse_one, "timestamp", column, pa.int64())
        return parsed.cast(TIMESTAMP), faults
    if wanted == pa.int64():
        return _whole(texts, wanted) or _by_value(texts, _integer, "whole number", column, wanted)
    if wanted == pa.bool_():
        return _by_value(texts, _truth, "boolean", column, wanted)
    meaning = f"number with at most {wanted.precision - wanted.scale} digits before and"
    return _whole(texts, wanted) or _by_value(
        texts,
        lambda text: _decimal(text, wanted),
        f"{meaning} {wanted.scale} after the point",
        column,
        wanted,
    )


def _whole(texts: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, Faults] | None:
    """The quick way for a chunk without oddities; Arrow also reads hexadecimal, which is one."""
    try:
        parsed = texts.cast(wanted)
    except pa.ArrowInvalid:
        return None
    if pc.any(pc.match_substring(texts, "x", ignore_case=True)).as_py():
        return None
    return parsed, []


def _by_value(
    texts: pa.Array,
    parse: Callable[[str], Any],
    meaning: str,
    column: Column,
    wanted: pa.DataType,
) -> tuple[pa.Array, Faults]:
    """Parse each distinct text once."""
    coded = texts.dictionary_encode()
    values: list[Any] = []
    reasons: dict[int, str] = {}
    for code, text in enumerate(coded.dictionary.to_pylist()):
        try:
            values.append(parse(text))
        except ValueError:
            values.append(None)
            reasons[code] = f"{column.name} {shown(text)} is not a {meaning}"
    return pa.array(values, wanted).take(coded.indices), _spread(reasons, coded)


def _json_faults(texts: pa.Array, name: str) -> Faults:
    coded = texts.dictionary_encode()
    reasons = {
        code: f"{name} {shown(text)} {wrong}"
        for code, text in enumerate(coded.dictionary.to_pylist())
        if (wrong := json_text.what_is_wrong(text))
    }
    return _spread(reasons, coded)


def _spread(reasons: dict[int, str], coded: pa.DictionaryArray) -> Faults:
    """The reasons for distinct texts, for each row that has one of them."""
    if not reasons:
        return []
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(codes, list(reasons)))
    return [(int(row), reasons[int(codes[row])]) for row in rows]


def _exact(text: str) -> Decimal:
    text = text.strip()
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _integer(text: str) -> int:
    number = _exact(text)
    if number.adjusted() > 18 or number != number.to_integral_value():
        raise ValueError(text)
    if not -LARGEST - 1 <= (whole := int(number)) <= LARGEST:
        raise ValueError(text)
    return whole


def _truth(text: str) -> bool:
    if (truth := TRUTH.get(text.strip().lower())) is None:
        raise ValueError(text)
    return truth


def _decimal(text: str, wanted: pa.Decimal128Type) -> Decimal:
    context = Context(prec=wanted.precision, traps=[Inexact, InvalidOperation])
    try:
        return _exact(text).quantize(Decimal(1).scaleb(-wanted.scale), context=context)
    except (Inexact, InvalidOperation):
        raise ValueError(text) from None
