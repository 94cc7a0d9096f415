"""The tables of learned results: one schema for each, checked before it is written."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from productpulse.errors import PulseError

DataType = Literal["text", "bigint", "double precision", "date"]
KINDS: dict[DataType, str] = {
    "text": "string",
    "bigint": "integer",
    "double precision": "floating",
    "date": "date",
}
"""The names that pandas has for these types."""


@dataclass(frozen=True)
class Column:
    """A column. Rows may lack a value only where it `may_be_null`."""

    data_type: DataType
    description: str
    may_be_null: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the schema `learning`. `description`: what a row is; `key`: unique per row."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: dict[str, Column]


AS_OF = {"as_of_date": Column("date", "As-of date of the build from which it was learned.")}


def conform(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with the columns in the table's order. Raises PulseError where columns differ."""
    if set(rows.columns) != set(table.columns):
        names = ", ".join(sorted(set(rows.columns) ^ set(table.columns)))
        raise _broken(table, f"the columns differ by {names}")
    for name, column in table.columns.items():
        kind = pd.api.types.infer_dtype(rows[name], skipna=True)
        if kind not in (KINDS[column.data_type], "empty"):
            raise _broken(table, f"{name} is {kind} and should be {column.data_type}")
        if not column.may_be_null and rows[name].isna().any():
            raise _broken(table, f"{name} lacks a value")
    if rows.duplicated(list(table.key)).any():
        raise _broken(table, f"several rows have the same {', '.join(table.key)}")
    return rows[list(table.columns)]


def _broken(table: Table, how: str) -> PulseError:
    return PulseError(
        f"the learned rows do not match the declaration of {table.name}: {how}: please report it"
    )
