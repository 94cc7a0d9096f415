"""Nested values of a Parquet file as JSON values."""

import math
from typing import Any


def plain(value: Any) -> Any:
    """`value` made of dicts, lists, strings, numbers, true, false and null; NaN is null."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return None if math.isnan(value) else value
        case bytes():
            return value.decode("utf-8", "replace")
        case dict():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)
