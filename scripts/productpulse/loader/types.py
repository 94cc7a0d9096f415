"""The Arrow types of the raw schema's types, and of whole tables."""

import re

import pyarrow as pa

from productpulse.raw_schema import Column

TIMESTAMP = pa.timestamp("us", tz="UTC")
# The microseconds that mean 'infinity'; the negative means '-infinity'. DuckDB reads them so.
INFINITY = 2**63 - 1


def arrow_type(data_type: str) -> pa.DataType:
    """The Arrow type for a type of the raw schema. JSON is text, kept as it arrived."""
    if number := re.fullmatch(r"numeric\((\d+),\s*(\d+)\)", data_type):
        return pa.decimal128(int(number[1]), int(number[2]))
    return {
        "text": pa.string(),
        "json": pa.string(),
        "timestamptz": TIMESTAMP,
        "bigint": pa.int64(),
        "boolean": pa.bool_(),
    }[data_type]


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """The Arrow schema of a table with these columns."""
    return pa.schema([(column.name, arrow_type(column.data_type)) for column in columns])
