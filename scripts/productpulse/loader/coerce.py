"""Convert the columns of a file to the types of the raw schema."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from productpulse.loader import json_text, numbers, timestamps
from productpulse.loader.local_days import are_days, begun_locally, reporting_zone
from productpulse.loader.records import shown
from productpulse.loader.statement import EPOCHS, NOTHING, Statement
from productpulse.loader.text_form import Faults, is_text, text_form
from productpulse.loader.types import TIMESTAMP, arrow_type
from productpulse.raw_schema import Column

COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
TRUTH = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}


def coerce(
    values: pa.Array, column: Column, stated: Statement = NOTHING
) -> tuple[pa.Array, Faults]:
    """`values` in the type of `column`, and a reason for each row that does not fit (null then).

    In columns other than text and JSON the empty string is null, and outer spaces are ignored.
    """
    kind, name = values.type, column.name
    if column.data_type == "timestamptz" and _is_point_in_time(kind):
        parsed, outside = timestamps.from_temporal(values)
        if pa.types.is_date(kind):
            parsed = begun_locally(parsed, parsed.is_valid(), reporting_zone())
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
    point = stated.decimal if is_text(kind) else "."
    if arrow_type(column.data_type) == TIMESTAMP:
        form = stated.timestamps.get(name)
        parsed, more = _moments(texts, column, form)
        if form not in EPOCHS:
            parsed = begun_locally(parsed, are_days(texts, form), reporting_zone())
    else:
        parsed, more = _parse(texts, column, point)
    return parsed, sorted(faults + more)


def _is_point_in_time(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind)


def _moments(texts: pa.Array, column: Column, form: str | None) -> tuple[pa.Array, Faults]:
    """Timestamps in ISO 8601, or in the form that load.yml states for them."""
    whole: pa.Array | None = None
    if form is None:
        whole = timestamps.parse_whole(texts)
        parse: Callable[[str], Any] = timestamps.parse_one
        wrong = "is not a timestamp"
    elif form in EPOCHS:
        whole = timestamps.parse_epoch_whole(texts, EPOCHS[form])
        parse = partial(timestamps.parse_epoch, per_second=EPOCHS[form])
        wrong = f"is not in {form}, as load.yml states"
    else:
        parse = partial(timestamps.parse_form, form=form)
        wrong = f"is not in the form {form!r}, which load.yml states"
    if whole is not None:
        return whole, []
    remedy = timestamps.remedy if form is None else None
    parsed, faults = _by_value(texts, parse, wrong, column, pa.int64(), remedy)
    return parsed.cast(TIMESTAMP), faults


def _parse(texts: pa.Array, column: Column, point: str) -> tuple[pa.Array, Faults]:
    wanted = arrow_type(column.data_type)
    if wanted == pa.bool_():
        return _by_value(texts, _truth, "is not a boolean", column, wanted)
    if point == "." and (whole := numbers.all_whole(texts, wanted)) is not None:
        return whole, []
    remedy = _comma if point == "." else None
    if wanted == pa.int64():
        parse: Callable[[str], Any] = partial(numbers.integer, point=point)
        return _by_value(texts, parse, "is not a whole number", column, wanted, remedy)
    before = wanted.precision - wanted.scale
    wrong = (
        f"is not a number with at most {before} digits before and {wanted.scale} after the point"
    )
    parse = partial(numbers.decimal, wanted=wanted, point=point)
    return _by_value(texts, parse, wrong, column, wanted, remedy)


def _comma(text: str) -> str:
    if not COMMA.fullmatch(text.strip()):
        return ""
    return ": write a decimal point, or state `decimal: ','` for this table in load.yml"


def _by_value(
    texts: pa.Array,
    parse: Callable[[str], Any],
    wrong: str,
    column: Column,
    wanted: pa.DataType,
    remedy: Callable[[str], str] | None = None,
) -> tuple[pa.Array, Faults]:
    """Parse each distinct text once; `remedy` ends the reason for one that fails."""
    coded = texts.dictionary_encode()
    values: list[Any] = []
    reasons: dict[int, str] = {}
    for code, text in enumerate(coded.dictionary.to_pylist()):
        try:
            values.append(parse(text))
        except ValueError:
            values.append(None)
            what_to_do = remedy(text) if remedy else ""
            reasons[code] = f"{column.name} {shown(text)} {wrong}{what_to_do}"
    return pa.array(values, wanted).take(coded.indices), numbers.spread(reasons, coded)


def _json_faults(texts: pa.Array, name: str) -> Faults:
    coded = texts.dictionary_encode()
    reasons = {
        code: f"{name} {shown(text)} {wrong}"
        for code, text in enumerate(coded.dictionary.to_pylist())
        if (wrong := json_text.what_is_wrong(text))
    }
    return numbers.spread(reasons, coded)


def _truth(text: str) -> bool:
    if (truth := TRUTH.get(text.strip().lower())) is None:
        raise ValueError(text)
    return truth
