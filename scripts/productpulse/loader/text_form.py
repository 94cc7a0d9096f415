"""Any Arrow column as text, so that each type of the raw schema is parsed only once."""

import json

import pyarrow as pa
import pyarrow.compute as pc

from productpulse.loader.plain import plain
from productpulse.loader.records import shown

Faults = list[tuple[int, str]]
EXACT_IN_FLOAT = float(2**63)


def text_form(values: pa.Array, name: str) -> tuple[pa.Array, Faults]:
    """`values` as UTF-8 strings, with a reason for each row that cannot be text (and is null then).

    Integral floats lose their '.0', NaN is null, nested values become JSON.
    """
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        return _extension(values, name)
    if pa.types.is_dictionary(kind):
        return text_form(values.dictionary_decode(), name)
    if pa.types.is_nested(kind):
        return _from_python(values)
    if pa.types.is_floating(kind):
        return _from_float(values), []
    if pa.types.is_fixed_size_binary(kind):
        values = values.cast(pa.binary())
    elif not is_text(kind):
        return values.cast(pa.string()), []
    return _checked(values.cast(pa.binary()), name)


def is_text(kind: pa.DataType) -> bool:
    """Whether values of this type were written as text, so that their meaning is still open."""
    return any(
        test(kind)
        for test in (
            *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
            *(pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view),
        )
    )


def _checked(values: pa.Array, name: str) -> tuple[pa.Array, Faults]:
    faults: Faults = []
    try:
        texts = values.cast(pa.string())
    except pa.ArrowInvalid:
        decoded: list[str | None] = []
        for row, value in enumerate(values.to_pylist()):
            try:
                decoded.append(value if value is None else value.decode("utf-8"))
            except UnicodeDecodeError:
                decoded.append(None)
                text = shown(value.decode("utf-8", "replace"))
                faults.append((row, f"{name} {text} is not valid UTF-8"))
        texts = pa.array(decoded, pa.string())
    has_nul = pc.match_substring(texts, "\0")
    if pc.any(has_nul).as_py():
        rows = pc.indices_nonzero(has_nul).to_pylist()
        faults += [(row, f"{name} {shown(texts[row].as_py())} contains a NUL byte") for row in rows]
        texts = pc.if_else(has_nul, pa.scalar(None, pa.string()), texts)
    return texts, faults


def _from_float(values: pa.Array) -> pa.Array:
    if pa.types.is_float16(values.type):
        values = values.cast(pa.float32())
    values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    is_integral = pc.and_(
        pc.equal(values, pc.trunc(values)), pc.less(pc.abs(values), EXACT_IN_FLOAT)
    )
    integers = pc.if_else(is_integral, values, pa.scalar(None, values.type)).cast(pa.int64())
    return pc.coalesce(integers.cast(pa.string()), values.cast(pa.string()))


def _from_python(values: pa.Array) -> tuple[pa.Array, Faults]:
    texts = [
        None if value is None else json.dumps(plain(value), ensure_ascii=False)
        for value in values.to_pylist(maps_as_pydicts="lossy")
    ]
    return pa.array(texts, pa.string()), []


def _extension(values: pa.Array, name: str) -> tuple[pa.Array, Faults]:
    if pa.types.is_fixed_size_binary(values.type.storage_type):
        return pa.array([v and str(v) for v in values.to_pylist()], pa.string()), []
    return text_form(values.storage, name)
